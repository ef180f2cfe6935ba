import { styleText } from 'node:util';
import { visible } from './visible.js';

export type Style = 'bold' | 'green' | 'yellow' | 'red';

/** Where a command speaks to. Lines come without their end. */
export interface Terminal {
  /** What was asked for: standard output. */
  out(text: string): void;
  /** What is said besides: standard error. */
  note(text: string): void;
  /** How far something is: one line that is written over where that is possible, a new one for each change elsewhere. */
  progress(text: string): void;
  paint(style: Style, text: string): string;
  /** The exit code of the command, 0 unless it says otherwise. */
  exit(code: number): void;
}

/** Standard output and standard error of this process. Colours only where somebody sees them (NO_COLOR is obeyed). */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  // Who reads only the beginning (`ces events --follow | head`) has what they want.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  let shown: string | undefined;
  const endProgress = () => {
    if (shown !== undefined && stderr.isTTY) stderr.write('\n');
    shown = undefined;
  };
  return {
    out(text) {
      endProgress();
      stdout.write(`${visible(text)}\n`);
    },
    note(text) {
      endProgress();
      stderr.write(`${visible(text)}\n`);
    },
    progress(given) {
      const text = visible(given);
      if (text === shown) return;
      shown = text;
      stderr.write(stderr.isTTY ? `\r\u001b[2K${text}` : `${text}\n`);
    },
    paint: (style, text) => styleText(style, text, { stream: stdout }),
    exit(code) {
      process.exitCode = code;
    },
  };
}
