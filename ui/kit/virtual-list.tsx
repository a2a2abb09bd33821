// biome-ignore-all lint/a11y/useSemanticElements: rows are placed absolutely, which table elements do not take
// biome-ignore-all lint/a11y/useFocusableInteractive: a row of a table is no control
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef } from 'react';
import { useKitText } from './messages.ts';

export interface Column<T> {
  id: string;
  title: string;
  /** A CSS grid track: `120px`, `minmax(140px, 1fr)`. */
  width: string;
  /** Right-aligned figures. */
  numeric?: boolean;
  cell(row: T): ReactNode;
}

export interface VirtualListProps<T> {
  label: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  rowKey(row: T): string;
  /** Pixels; every row the same. */
  rowHeight?: number;
  /** All rows there are, when known; else the loaded ones count. */
  total?: number;
  selectedKey?: string | null;
  onSelect?(row: T): void;
  /** Extra class per row, e.g. for a due border. */
  rowClass?(row: T): string | undefined;
  /** Called when the end comes into view. */
  onEnd?(): void;
  loadingMore?: boolean;
}

/** A table of which only the visible rows exist: plain elements, 10,000 rows scroll smoothly. */
export function VirtualList<T>(props: VirtualListProps<T>) {
  const t = useKitText();
  const { rows, columns, rowHeight = 44, onEnd } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    getItemKey: (index) => props.rowKey(rows[index]!),
  });
  const visible = virtual.getVirtualItems();
  const lastVisible = visible.at(-1)?.index ?? -1;
  useEffect(() => {
    if (lastVisible >= rows.length - 5 && rows.length > 0) onEnd?.();
  }, [lastVisible, rows.length, onEnd]);
  const selectedIndex = props.selectedKey ? rows.findIndex((row) => props.rowKey(row) === props.selectedKey) : -1;
  useEffect(() => {
    if (selectedIndex >= 0) virtual.scrollToIndex(selectedIndex, { align: 'auto' });
  }, [selectedIndex, virtual]);
  const tracks = { gridTemplateColumns: columns.map((column) => column.width).join(' ') };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard
    <div className="fl-table-scroll" ref={scroller} tabIndex={0}>
      <div role="table" aria-label={props.label} aria-rowcount={(props.total ?? rows.length) + 1} className="fl-table">
        <div role="rowgroup" className="fl-table-head">
          <div role="row" aria-rowindex={1} className="fl-row" style={tracks}>
            {columns.map((column) => (
              <div role="columnheader" key={column.id} className={column.numeric ? 'fl-numeric' : undefined}>
                {column.title}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" className="fl-table-body" style={{ height: virtual.getTotalSize() }}>
          {visible.map((item) => {
            const row = rows[item.index]!;
            const selected = item.index === selectedIndex;
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the list's shortcuts (J, K, Enter) and the link in the row serve the keyboard
              <div
                role="row"
                key={item.key}
                aria-rowindex={item.index + 2}
                className={`fl-row ${selected ? 'fl-row-selected' : ''} ${props.rowClass?.(row) ?? ''}`}
                style={{ ...tracks, height: rowHeight, transform: `translateY(${item.start}px)` }}
                onClick={props.onSelect ? () => props.onSelect?.(row) : undefined}
              >
                {columns.map((column) => (
                  <div role="cell" key={column.id} className={column.numeric ? 'fl-numeric' : undefined}>
                    {column.cell(row)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {props.loadingMore && <div className="fl-loading">{t('list.loading_more')}</div>}
    </div>
  );
}
