import { describe, expect, it, vi } from 'vitest';
import { readLines } from './lines.js';

async function* chunks(...texts: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

const collect = async (source: AsyncIterable<Buffer>) => {
  const lines: string[] = [];
  for await (const line of readLines(source, { idleTimeout: 10_000, onIdle: () => undefined })) lines.push(line);
  return lines;
};

describe('readLines', () => {
  it('puts lines together that were torn apart, also within a character', async () => {
    const umlaut = Buffer.from('ü');
    const source = chunks('on', 'e\ntw', 'o ', umlaut.subarray(0, 1), umlaut.subarray(1), '\n\nthree\n');
    expect(await collect(source)).toEqual(['one', 'two ü', 'three']);
  });

  it('does not give out an unfinished last line', async () => {
    expect(await collect(chunks('one\ntw'))).toEqual(['one']);
  });

  it('reads on only when the next line is asked for, and ends the source when it is left', async () => {
    const read: number[] = [];
    let ended = false;
    async function* source(): AsyncGenerator<Buffer> {
      try {
        for (let number = 1; ; number += 1) {
          read.push(number);
          yield await Promise.resolve(Buffer.from(`${number}\n`));
        }
      } finally {
        ended = true;
      }
    }
    const lines = readLines(source(), { idleTimeout: 10_000, onIdle: () => undefined });
    await lines.next();
    await lines.next();
    expect(read).toEqual([1, 2]);
    await lines.return();
    expect(ended).toBe(true);
  });

  it('calls when nothing comes, but not while nobody asks', async () => {
    vi.useFakeTimers();
    try {
      const onIdle = vi.fn();
      let arrive: (chunk: Buffer) => void = () => undefined;
      async function* source(): AsyncGenerator<Buffer> {
        for (;;) {
          yield await new Promise<Buffer>((resolve) => {
            arrive = resolve;
          });
        }
      }
      const lines = readLines(source(), { idleTimeout: 90_000, onIdle });
      const first = lines.next();
      await vi.advanceTimersByTimeAsync(89_999);
      arrive(Buffer.from('one\n'));
      expect((await first).value).toBe('one');
      await vi.advanceTimersByTimeAsync(500_000);
      expect(onIdle).not.toHaveBeenCalled();
      const second = lines.next();
      await vi.advanceTimersByTimeAsync(90_000);
      expect(onIdle).toHaveBeenCalledOnce();
      arrive(Buffer.from('two\n'));
      expect((await second).value).toBe('two');
    } finally {
      vi.useRealTimers();
    }
  });
});
