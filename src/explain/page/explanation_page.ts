import type { Explanation } from '../explanation.ts'
import { embeddedJson } from './embedded_json.ts'
import { clientScript, clientScriptHash, clientStyle, clientStyleHash } from './generated/client.ts'
import { visible } from './visible.ts'

/**
 * An explanation as one HTML file that needs nothing else: the values as JSON, and the script and style that show them. The
 * Content-Security-Policy lets nothing load and nothing run but these two, by their hashes.
 */
export function explanationPage(explanation: Explanation): string {
  const policy = [
    "default-src 'none'",
    `script-src '${clientScriptHash}'`,
    `style-src '${clientStyleHash}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="rawbpf explain">
<link rel="icon" href="data:,">
<title>${escapedHtml(explanation.object)}: a BPF load, explained</title>
<style>${clientStyle}</style>
</head>
<body>
<div id="page"></div>
<noscript><p>This page is put together by a script that is in the file itself; it loads nothing. Allow scripts for it, or read \
the same as text: <code>rawbpf explain ${escapedHtml(explanation.object)}</code></p></noscript>
<script type="application/json" id="explanation">${embeddedJson(explanation)}</script>
<script>${clientScript}</script>
</body>
</html>
`
}

function escapedHtml(text: string): string {
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
