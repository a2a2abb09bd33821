import './viewer.css';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { Icon, Loading, useFormat } from '#ui/kit';
import { readHeat } from './heat.ts';
import { useViewerText } from './messages.ts';
import { readShape } from './read-shape.ts';
import type { LabelPlaces, Point, SceneView } from './scene.ts';
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
  /** Wall thickness as the server keeps it, and the limit (file units) below which a wall is coloured. */
  heat?: { file: Blob; limit: number } | null;
  /** A place (file units) to turn to and to mark; another object turns there again. */
  place?: { at: Point } | null;
}

/** A model to turn and to measure by eye; in words where there is no WebGL. */
export function Viewer({ state, label, millimetres = 1, heat = null, place = null }: ViewerProps) {
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
      {state.kind === 'ready' && (
        <Picture shape={state.shape} label={label} millimetres={millimetres} heat={heat} place={place} />
      )}
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

interface PictureProps extends Required<Omit<ViewerProps, 'state'>> {
  shape: Shape;
}

function Picture({ shape, label, millimetres, heat, place }: PictureProps) {
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
  useHeat(view, heat);
  useEffect(() => {
    if (place) view?.lookAt(place.at);
  }, [view, place]);

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
      {heat && <HeatLegend limit={format.number(heat.limit * millimetres, 2)} />}
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

function useHeat(view: SceneView | null, shown: ViewerProps['heat']): void {
  const file = shown?.file ?? null;
  const limit = shown?.limit ?? 0;
  useEffect(() => {
    if (!view) return;
    let left = false;
    if (!file) view.showHeat(null);
    // One that cannot be read colours nothing: the figures stand in words beside it.
    else
      readHeat(file).then(
        (heat) => left || view.showHeat({ heat, limit }),
        () => left || view.showHeat(null),
      );
    return () => {
      left = true;
    };
  }, [view, file, limit]);
}

function HeatLegend({ limit }: { limit: string }) {
  const t = useViewerText();
  return (
    <div className="fv-legend">
      <span className="fv-legend-thin">{t('heat.thin', { limit })}</span>
      <span className="fv-legend-thick">{t('heat.thick')}</span>
    </div>
  );
}

function themeColours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  const dark = document.documentElement.dataset['mantineColorScheme'] === 'dark';
  return { body: dark ? '#9aa7ab' : '#c3cbcc', edges: read('--fl-ink'), box: read('--fl-accent') };
}
