/** What the bundler makes of JSX elements is in terms of these. */
export { Fragment, h } from 'preact'
