/**
 * Calls back when the page is hidden, reloaded or closed, which may be the last that is heard of it. `first`: before those that
 * are not. Returns how to stop.
 */
export function onLeave(leave: () => void, first = false): () => void {
  const hidden = () => {
    if (document.visibilityState === 'hidden') leave();
  };
  window.addEventListener('pagehide', leave, first);
  window.addEventListener('visibilitychange', hidden, first);
  return () => {
    window.removeEventListener('pagehide', leave, first);
    window.removeEventListener('visibilitychange', hidden, first);
  };
}
