import { useState } from 'react';
import { useToasts } from '#ui/kit';

export interface Acting {
  busy: boolean;
  /** Why the last one failed; null after a success. */
  problem: unknown;
  /** Runs it once at a time. True when it was done. */
  act(run: () => Promise<void>): Promise<boolean>;
}

/** An action of a form: busy while it runs; a refusal stays beside the form, where a dialog does not cover it. */
export function useAct(): Acting {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  async function act(run: () => Promise<void>): Promise<boolean> {
    if (busy) return false;
    setBusy(true);
    setProblem(null);
    try {
      await run();
      return true;
    } catch (error) {
      setProblem(error);
      return false;
    } finally {
      setBusy(false);
    }
  }
  return { busy, problem, act };
}

/** An action of a button without a form: a refusal is told in passing. */
export function useActAndTell(): Omit<Acting, 'problem'> {
  const { busy, act } = useAct();
  const toasts = useToasts();
  return { busy, act: (run) => act(() => run().catch(refuse)) };
  function refuse(error: unknown): never {
    toasts.showProblem(error);
    throw error;
  }
}
