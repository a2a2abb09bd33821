import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const petrol: MantineColorsTuple = [
  '#e7f4f5',
  '#cfe6e8',
  '#9fd0d4',
  '#7dcdd4',
  '#5cbcc4',
  '#2f97a1',
  '#14808b',
  '#0a6670',
  '#084f57',
  '#063b41',
];

export const theme = createTheme({
  colors: { petrol },
  primaryColor: 'petrol',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  luminanceThreshold: 0.36,
  fontFamily: 'var(--fl-font)',
  fontFamilyMonospace: 'var(--fl-mono)',
  defaultRadius: '6px',
  cursorType: 'pointer',
  respectReducedMotion: true,
  headings: { fontWeight: '640' },
});

/** Mantine's surfaces take our tokens, so that both look the same in light and in dark. */
export const cssVariables: CSSVariablesResolver = () => {
  const surfaces = {
    '--mantine-color-body': 'var(--fl-surface)',
    '--mantine-color-text': 'var(--fl-ink)',
    '--mantine-color-dimmed': 'var(--fl-ink-soft)',
    '--mantine-color-placeholder': 'var(--fl-ink-soft)',
    '--mantine-color-default': 'var(--fl-surface)',
    '--mantine-color-default-hover': 'var(--fl-hover)',
    '--mantine-color-default-color': 'var(--fl-ink)',
    '--mantine-color-default-border': 'var(--fl-line)',
    '--mantine-color-error': 'var(--fl-bad)',
    '--mantine-color-anchor': 'var(--fl-accent-ink)',
  };
  return { variables: {}, light: surfaces, dark: surfaces };
};
