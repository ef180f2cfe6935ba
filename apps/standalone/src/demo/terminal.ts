/** How the demo speaks: plain lines, numbered chapters, and no colour where nobody would see it. */
export interface Terminal {
  chapter(title: string): void;
  line(text?: string): void;
  /** A line of a difference: green for what came, red for what went. */
  difference(text: string): void;
}

export function createTerminal(output: NodeJS.WriteStream): Terminal {
  let chapters = 0;
  const paint = (code: number, text: string) => (output.isTTY ? `\u001b[${code}m${text}\u001b[0m` : text);
  const write = (text: string) => {
    output.write(`${text}\n`);
  };
  return {
    chapter(title) {
      chapters += 1;
      write(`\n${paint(1, `${chapters}. ${title}`)}`);
    },
    line: (text = '') => {
      write(text === '' ? '' : `   ${text}`);
    },
    difference(text) {
      const sign = text.trimStart()[0];
      write(`     ${sign === '+' ? paint(32, text) : sign === '-' ? paint(31, text) : text}`);
    },
  };
}
