import { useState } from 'react';
import type { GeometryReport, WallCheck } from '#contracts/pricing';
import { SurfaceReport } from './surface-report.tsx';
import { type ShapeState, Viewer } from './viewer.tsx';
import { WallReport } from './wall-report.tsx';

export interface InspectorProps {
  state: ShapeState;
  /** What is shown, for who cannot see it: the file's name. */
  label: string;
  /** Millimetres in one unit of the file. */
  millimetres: number;
  report: GeometryReport | null;
  walls: WallCheck | null;
  /** Fetches the model's wall thickness as the server keeps it. */
  fetchHeat(): Promise<Blob>;
}

type Heat = { kind: 'hidden' } | { kind: 'coming' } | { kind: 'shown'; file: Blob };

/** A model with what is known of its surface and its walls, and where they are too thin. */
export function Inspector({ state, label, millimetres, report, walls, fetchHeat }: InspectorProps) {
  const [heat, setHeat] = useState<Heat>({ kind: 'hidden' });
  const [place, setPlace] = useState<{ at: readonly [number, number, number] } | null>(null);
  const show = () => {
    setHeat({ kind: 'coming' });
    fetchHeat().then(
      (file) => setHeat({ kind: 'shown', file }),
      // The figures stand in words beside it.
      () => setHeat({ kind: 'hidden' }),
    );
  };
  const toggle = () => (heat.kind === 'hidden' ? show() : setHeat({ kind: 'hidden' }));
  const drawn = heat.kind === 'shown' && walls ? { file: heat.file, limit: walls.limitMm / millimetres } : null;
  return (
    <div className="fv-inspector">
      <Viewer state={state} label={label} millimetres={millimetres} heat={drawn} place={place} />
      {walls && (
        <WallReport
          walls={walls}
          heat={
            report?.views?.heat ? { shown: heat.kind === 'shown', busy: heat.kind === 'coming', toggle } : undefined
          }
          lookAt={(at) => {
            setPlace({ at });
            if (heat.kind === 'hidden' && report?.views?.heat) show();
          }}
        />
      )}
      {report && <SurfaceReport report={report} millimetres={millimetres} />}
    </div>
  );
}
