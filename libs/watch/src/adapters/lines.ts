const newline = 0x0a;

export interface LineOptions {
  /** Milliseconds without a byte after which `onIdle` is called. Time in which nobody asks for a line does not count. */
  readonly idleTimeout: number;
  readonly onIdle: () => void;
}

/**
 * The lines of a stream of bytes, without their ends. Reads on only when the next line is asked for, so that a slow
 * consumer slows the sender. An unfinished last line is not given out: what was cut off will be sent again.
 */
export async function* readLines(
  source: AsyncIterable<Buffer>,
  options: LineOptions,
): AsyncGenerator<string, void, void> {
  const chunks = source[Symbol.asyncIterator]();
  const unfinished: Buffer[] = [];
  try {
    for (;;) {
      const chunk = await nextWithin(chunks, options);
      if (chunk.done) return;
      let start = 0;
      for (let end = chunk.value.indexOf(newline); end >= 0; end = chunk.value.indexOf(newline, start)) {
        unfinished.push(chunk.value.subarray(start, end));
        start = end + 1;
        const line = Buffer.concat(unfinished.splice(0));
        if (line.length > 0) yield line.toString('utf8');
      }
      if (start < chunk.value.length) unfinished.push(chunk.value.subarray(start));
    }
  } finally {
    await chunks.return?.();
  }
}

async function nextWithin(
  chunks: AsyncIterator<Buffer, unknown>,
  { idleTimeout, onIdle }: LineOptions,
): Promise<IteratorResult<Buffer, unknown>> {
  const timer = setTimeout(onIdle, idleTimeout);
  try {
    return await chunks.next();
  } finally {
    clearTimeout(timer);
  }
}
