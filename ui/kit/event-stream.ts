export interface StreamEvent {
  id: string | null;
  event: string;
  data: string;
}

/**
 * Reads server-sent events out of text that arrives in pieces. Push every piece; whole events come back in order.
 * Comments (heartbeats) yield nothing, but the caller sees that bytes came.
 */
export function eventParser(): (piece: string) => StreamEvent[] {
  let rest = '';
  return (piece) => {
    const blocks = (rest + piece.replaceAll('\r\n', '\n')).split('\n\n');
    rest = blocks.pop() ?? '';
    return blocks.flatMap((block) => parseBlock(block) ?? []);
  };
}

/** The events of an open response, until it ends or its call is aborted. `heard` is called with every piece, heartbeats included. */
export async function* eventsOf(response: Response, heard: () => void = () => {}): AsyncGenerator<StreamEvent> {
  const parse = eventParser();
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    yield* parse(value);
  }
}

function parseBlock(block: string): StreamEvent | null {
  const data: string[] = [];
  let id: string | null = null;
  let event = 'message';
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon === 0) continue;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    else if (field === 'id') id = value;
    else if (field === 'event') event = value;
  }
  return data.length === 0 && event === 'message' ? null : { id, event, data: data.join('\n') };
}
