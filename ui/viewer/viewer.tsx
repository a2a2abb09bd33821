import './viewer.css';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { Icon, Loading, useFormat } from '#ui/kit';
import { useViewerText } from './messages.ts';
import { readShape } from './read-shape.ts';
import type { LabelPlaces, SceneView } from './scene.ts';
import { type Shape, ShapeError, type ShapeProblem } from './stl.ts';

export type ShapeState =
  | { kind: 'reading' }
  | { kind: 'ready'; shape: Shape }
  | { kind: 'failed'; problem: ShapeProblem };

/** Reads a model file in the background; null reads nothing yet. */
export function useShape(file: Blob | null): ShapeState {
  const [state, setState] = useState<ShapeState>({ kind: 'reading' });
  useEffect(() => {
    if (!file) return;
    const left = new AbortController();
    setState({ kind: 'reading' });
    readShape(file, left.signal).then(
      (shape) => setState({ kind: 'ready', shape }),
      (error) => {
        if (!left.signal.aborted)
          setState({ kind: 'failed', problem: error instanceof ShapeError ? error.problem : 'unreadable' });
      },
    );
    return () => left.abort(new DOMException('Left', 'AbortError'));
  }, [file]);
  return state;
}

export interface ViewerProps {
  state: ShapeState;
  /** What is shown, for who cannot see it: the file's name. */
  label: string;
  /** Millimetres in one unit of the file; sizes are written in millimetres. */
  millimetres?: number;
}

/** A model to turn and to measure by eye; in words where there is no WebGL. */
export function Viewer({ state, label, millimetres = 1 }: ViewerProps) {
  const t = useViewerText();
  return (
    <div className="fv-frame">
      {state.kind === 'reading' && (
        <div className="fv-text">
          <Loading label={t('reading')} />
        </div>
      )}
      {state.kind === 'failed' && (
        <div className="fv-text" role="status">
          <strong>{t(state.problem)}</strong>
          {t('problem_hint')}
        </div>
      )}
      {state.kind === 'ready' && <Picture shape={state.shape} label={label} millimetres={millimetres} />}
    </div>
  );
}

const TURN = Math.PI / 24;
const TURNS: Record<string, [number, number]> = {
  ArrowLeft: [-TURN, 0],
  ArrowRight: [TURN, 0],
  ArrowUp: [0, -TURN],
  ArrowDown: [0, TURN],
};

function Picture({ shape, label, millimetres }: { shape: Shape; label: string; millimetres: number }) {
  const t = useViewerText();
  const format = useFormat();
  const canvas = useRef<HTMLCanvasElement>(null);
  const labels = useRef<(HTMLSpanElement | null)[]>([]);
  const [view, setView] = useState<SceneView | null>(null);
  const [drawable, setDrawable] = useState(true);
  const [edges, setEdges] = useState(true);

  useEffect(() => {
    let opened: SceneView | null = null;
    let left = false;
    const place = (places: LabelPlaces) => {
      places.forEach(({ x, y }, axis) => {
        const element = labels.current[axis];
        if (element) element.style.transform = `translate(${x}px, ${y}px) translate(-50%, -50%)`;
      });
    };
    import('./scene.ts').then(
      ({ openScene }) => {
        if (left || !canvas.current) return;
        try {
          opened = openScene(canvas.current, shape, place);
          setView(opened);
        } catch {
          setDrawable(false);
        }
      },
      () => setDrawable(false),
    );
    return () => {
      left = true;
      opened?.dispose();
      setView(null);
    };
  }, [shape]);

  useEffect(() => {
    if (!view) return;
    const paint = () => view.paint(themeColours());
    paint();
    const watcher = new MutationObserver(paint);
    watcher.observe(document.documentElement, { attributeFilter: ['data-mantine-color-scheme'] });
    return () => watcher.disconnect();
  }, [view]);
  useEffect(() => view?.showEdges(edges), [view, edges]);

  const lengths = shape.size.map((length) => format.number(length * millimetres, 2));
  const unit = t('mm');
  const [x = '', y = '', z = ''] = lengths;
  const size = t('size', { x, y, z, unit });
  if (!drawable) {
    return (
      <div className="fv-text" role="img" aria-label={`${label}: ${size}`}>
        <strong>{t('no_webgl')}</strong>
        {size}, {t('triangles', { count: shape.triangles })}
      </div>
    );
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const turn = TURNS[event.code];
    if (!turn || !view) return;
    event.preventDefault();
    view.turn(...turn);
  };
  return (
    <>
      <canvas
        ref={canvas}
        role="img"
        tabIndex={0}
        aria-label={t('help', { label: `${label}, ${size}` })}
        onKeyDown={onKeyDown}
      />
      {lengths.map((length, axis) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: the axes x, y, z
          key={axis}
          className="fv-label"
          aria-hidden="true"
          ref={(element) => {
            labels.current[axis] = element;
          }}
        >
          {length} {unit}
        </span>
      ))}
      <div className="fv-tools">
        {shape.edges.length > 0 && (
          <button type="button" aria-pressed={edges} onClick={() => setEdges(!edges)}>
            {t('edges')}
          </button>
        )}
        <button type="button" onClick={() => view?.fit()}>
          <Icon name="fit" size={16} />
          {t('fit')}
        </button>
      </div>
    </>
  );
}

function themeColours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  const dark = document.documentElement.dataset['mantineColorScheme'] === 'dark';
  return { body: dark ? '#9aa7ab' : '#c3cbcc', edges: read('--fl-ink'), box: read('--fl-accent') };
}
