/** Colours that can be told apart in print and by those who see few of them; each chart brings its own background. */
export const PALETTE = {
  background: '#ffffff',
  text: '#1f2933',
  quiet: '#52606d',
  line: '#d9dfe5',
  /** What the chart is about. */
  own: '#0b7a75',
  /** What it is compared with. */
  others: '#8796a5',
  /** What bounds all of them. */
  bound: '#d3dae1',
  series: ['#0b7a75', '#e0a030', '#b0413e'],
  lines: ['#0b7a75', '#e0a030', '#b0413e', '#3b5b92'],
} as const;

/** Without quotation marks: the renderer puts it into an attribute as it is. */
export const FONT = 'system-ui, Segoe UI, Helvetica, Arial, sans-serif';
