import { afterEach, expect, it, vi } from 'vitest';
import { processTerminal } from './terminal.js';

afterEach(() => {
  vi.restoreAllMocks();
});

it('writes nothing that would act on the terminal of who reads it', () => {
  const written: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
  }
  const terminal = processTerminal();
  const text = 'the service "\u001b[2J" does not exist';
  terminal.out(text);
  terminal.note(text);
  terminal.progress(text);
  expect(written.join('')).not.toContain('\u001b[2J');
  expect(written.filter((text) => text.includes('the service "\\u001b[2J" does not exist'))).toHaveLength(3);
});

it('ends the process when nobody reads on: what follows the log would never end', () => {
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
  const before = process.stdout.listeners('error');
  processTerminal();
  const [listener] = process.stdout.listeners('error').filter((each) => !before.includes(each));
  listener?.(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  expect(exit).toHaveBeenCalledOnce();
});
