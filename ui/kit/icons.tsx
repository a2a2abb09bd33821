import type { SVGProps } from 'react';

/** Outlines on a 20 × 20 grid, drawn for this product; they take the colour of the text. */
const PATHS = {
  alert: 'M10 3.2 17.6 16.4H2.4ZM10 8v3.6M10 13.9v.1',
  archive: 'M3 4.5h14v3H3zM4.2 7.5V16h11.6V7.5M8 10.5h4',
  arrow: 'M4 10h12M11.5 5.5 16 10l-4.5 4.5',
  ban: 'M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14M5.1 5.1l9.8 9.8',
  box: 'M3.5 6.5 10 3l6.5 3.5v7L10 17l-6.5-3.5ZM3.5 6.5 10 10l6.5-3.5M10 10v7',
  check: 'm4 10.5 4 4 8-9',
  chevron: 'm5.5 8 4.5 4.5L14.5 8',
  clock: 'M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14M10 6v4.2l2.8 1.8',
  close: 'm5 5 10 10M15 5 5 15',
  command:
    'M7 7h6v6H7zM7 7H5.2A2.2 2.2 0 1 1 7 4.8ZM13 7V4.8A2.2 2.2 0 1 1 15.2 7ZM13 13h1.8a2.2 2.2 0 1 1-1.8 2.2ZM7 13v2.2A2.2 2.2 0 1 1 4.8 13Z',
  cube: 'M3.5 6.5 10 3l6.5 3.5v7L10 17l-6.5-3.5ZM3.5 6.5 10 10l6.5-3.5M10 10v7',
  cut: 'M5.5 12.5a2 2 0 1 1 0 4 2 2 0 0 1 0-4M14.5 12.5a2 2 0 1 1 0 4 2 2 0 0 1 0-4M6.6 12.9 14 3M13.4 12.9 6 3',
  document: 'M5 3h6.5L15 6.5V17H5zM11.5 3v3.5H15M7.5 10h5M7.5 13h5',
  eye: 'M2.5 10S5 5 10 5s7.5 5 7.5 5-2.5 5-7.5 5-7.5-5-7.5-5M10 8a2 2 0 1 1 0 4 2 2 0 0 1 0-4',
  filter: 'M3 4.5h14l-5.5 6.500V16l-3 1v-6Z',
  fit: 'M4 8V4h4M12 4h4v4M16 12v4h-4M8 16H4v-4',
  flame:
    'M10 3c.6 3 4.5 4.8 4.5 8.600A4.5 4.5 0 0 1 10 16.500a4.5 4.5 0 0 1-4.5-4.900c0-1.7.9-2.7 1.7-3.6.2 1.2.8 1.9 1.5 2.100C8.3 7.6 8.7 5.3 10 3',
  gear: 'M10 7.300a2.7 2.7 0 1 1 0 5.4 2.7 2.7 0 0 1 0-5.400M10 3v2M10 15v2M3 10h2M15 10h2M5.05 5.050l1.42 1.420M13.53 13.530l1.42 1.420M14.95 5.050l-1.42 1.420M6.47 13.530l-1.42 1.42',
  hourglass: 'M5.5 3h9M5.5 17h9M6.5 3c0 4 3.5 4.5 3.5 7s-3.5 3-3.5 7M13.5 3c0 4-3.5 4.5-3.5 7s3.5 3 3.5 7',
  inbox: 'M3 11.5 5 4.500h10l2 7v4H3zM3 11.500h4l1 2h4l1-2h4',
  keyboard: 'M2.5 5.500h15v9h-15zM5.5 8.500h0M8.5 8.500h0M11.5 8.500h0M14.5 8.500h0M6.5 11.500h7',
  layers: 'm10 3 7 3.5-7 3.5-7-3.500ZM3 10l7 3.5 7-3.500M3 13.5 10 17l7-3.5',
  list: 'M7 5h10M7 10h10M7 15h10M3.5 5h.1M3.5 10h.1M3.5 15h.1',
  menu: 'M3 5.500h14M3 10h14M3 14.500h14',
  minus: 'M4 10h12',
  moon: 'M16 11.800A6.5 6.5 0 1 1 8.2 4 5.2 5.2 0 0 0 16 11.8',
  pause: 'M7 4.500v11M13 4.500v11',
  person: 'M10 4a3 3 0 1 1 0 6 3 3 0 0 1 0-6M4 16.500c.5-3 2.9-4.5 6-4.500s5.5 1.5 6 4.5',
  play: 'M6 4v12l10-6Z',
  plus: 'M10 4v12M4 10h12',
  repeat:
    'M4 9V8a2.5 2.5 0 0 1 2.5-2.500H15M12.5 3 15 5.5 12.5 8M16 11v1a2.5 2.5 0 0 1-2.5 2.500H5M7.5 17 5 14.5 7.5 12',
  search: 'M9 3.500a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M13 13l3.8 3.8',
  send: 'm3 10 14-6-5 13-3-5.500Z',
  star: 'm10 3 2.1 4.5 4.9.6-3.6 3.4.9 4.900L10 14l-4.3 2.4.9-4.900L3 8.100l4.9-.6Z',
  sun: 'M10 6.800a3.2 3.2 0 1 1 0 6.4 3.2 3.2 0 0 1 0-6.400M10 2.500v1.600M10 15.900v1.600M2.5 10h1.600M15.9 10h1.600M4.7 4.700l1.1 1.100M14.2 14.200l1.1 1.100M15.3 4.700l-1.1 1.100M5.8 14.200l-1.1 1.1',
  tag: 'M3 3.500h7L17 10.5 10.5 17 3 9.500ZM6.5 7h.1',
  tools:
    'm4 16 6.5-6.500M12 3.500a3.8 3.8 0 0 0-1.5 5.9 3.8 3.8 0 0 0 6-1.900l-2.4 1-1.8-1.8 1-2.400A3.8 3.8 0 0 0 12 3.5',
  trash: 'M4 6h12M8 6V4h4v2M5.5 6l.7 10.500h7.600L14.5 6',
  truck:
    'M2.5 5h9v8.500h-9zM11.5 8H15l2.5 3v2.500h-6M5.5 12a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.400M14 12a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.4',
  upload: 'M10 13V4M6 7.5 10 3.500l4 4M3.5 13v3.500h13V13',
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration beside a word; where it stands alone, the control around it needs an aria-label. */
export function Icon({ name, size = 18, ...rest }: { name: IconName; size?: number } & SVGProps<SVGSVGElement>) {
  return (
    <svg
      viewBox="0 0 20 20"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth={1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      {...rest}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
