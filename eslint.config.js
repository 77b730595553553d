import js from '@eslint/js'
import tseslint from 'typescript-eslint'

/** Folders whose modules never reach for the kernel, the file system or the clock (docs/design.md, "The house"). */
const pureFolders = [
  'base',
  'abi',
  'elf',
  'insn',
  'btf',
  'core',
  'object',
  'relocate',
  'static_linker',
  'verifier',
  'explain',
  'codegen',
]

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'src/abi/generated/',
      'src/explain/page/generated/',
      'test/fixtures/',
      'bench/build/',
      '.cache/',
    ],
  },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
  },
  {
    rules: {
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { requireDefaultForNonUnion: true }],
      // Subclasses of BpfError narrow the types of the parameters that they hand on.
      '@typescript-eslint/no-useless-constructor': 'off',
      'no-console': 'error',
      complexity: ['error', { max: 15, variant: 'modified' }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
    },
  },
  {
    files: pureFolders.map((folder) => `src/${folder}/**/*.{ts,tsx}`),
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*', 'koffi'], message: 'This folder is pure: pass the bytes in.' }] },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts', '*.config.ts'],
    rules: {
      'no-console': 'off',
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      '@typescript-eslint/consistent-type-assertions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['*.config.js'], extends: [tseslint.configs.disableTypeChecked] },
)
