import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from '@mantine/core';

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

/** Filled controls take the accent that fits the page's scheme; Mantine would measure contrast against the light one only. */
const variantColors: VariantColorsResolver = (input) => {
  if (input.variant !== 'filled') return defaultVariantColorsResolver(input);
  return {
    background: 'var(--fl-accent)',
    hover: 'var(--fl-accent-hover)',
    color: 'var(--fl-on-accent)',
    border: '1px solid transparent',
  };
};

export const theme = createTheme({
  colors: { petrol },
  primaryColor: 'petrol',
  primaryShade: { light: 7, dark: 4 },
  variantColorResolver: variantColors,
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
