import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);

/**
 * Writes generated files, named relative to the repository; with `--check` on the command line it writes nothing, and the
 * exit code is 1 when a checked-in file differs.
 */
export async function writeGenerated(files) {
  for (const [file, text] of files) {
    const target = new URL(file, root);
    if (!process.argv.includes('--check')) {
      await writeFile(target, text);
    } else if ((await readFile(target, 'utf8').catch(() => '')) !== text) {
      console.error(`${file} differs from what it is made of: run \`npm run generate\` and commit it.`);
      process.exitCode = 1;
    }
  }
}

/** A page with what stands between `<!-- NAME -->` and `<!-- /NAME -->` replaced. */
export async function pageWith(file, parts) {
  let page = await readFile(fileURLToPath(new URL(file, root)), 'utf8');
  for (const [name, text] of Object.entries(parts)) {
    const place = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
    if (!place.test(page)) throw new Error(`${file} has no place for ${name}.`);
    page = page.replace(place, (_found, begin, end) => `${begin}${text}\n${end}`);
  }
  return page;
}

/** A table in Markdown. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
