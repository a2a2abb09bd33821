import { useEffect, useState } from 'react';

const TICK_MS = 500;

/** Seconds since `running` became true; 0 while it is not. */
export function useElapsed(running: boolean): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    setSeconds(0);
    if (!running) return;
    const start = performance.now();
    const timer = setInterval(() => setSeconds((performance.now() - start) / 1_000), TICK_MS);
    return () => clearInterval(timer);
  }, [running]);
  return seconds;
}
