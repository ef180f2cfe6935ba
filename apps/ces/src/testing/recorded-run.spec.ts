import { runCes } from '../program.js';
import { type Terminal } from '../terminal.js';

export interface RecordedRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `ces` as its process would, and keeps what it says. */
export async function ces(...parameters: readonly string[]): Promise<RecordedRun> {
  const out: string[] = [];
  const err: string[] = [];
  let code = 0;
  const terminal: Terminal = {
    out: (text) => out.push(text),
    note: (text) => err.push(text),
    progress: (text) => err.push(text),
    paint: (_, text) => text,
    exit(given) {
      code = given;
    },
  };
  await runCes(parameters, terminal);
  return { code, out: out.join('\n'), err: err.join('\n') };
}

/** Hears nothing. */
export const silentTerminal: Terminal = {
  out: () => undefined,
  note: () => undefined,
  progress: () => undefined,
  paint: (_, text) => text,
  exit: () => undefined,
};
