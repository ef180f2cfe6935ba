import { type Page, type PageRequest } from '#project/ports/queries';

/** The largest page that the API gives. */
const pageSize = 1_000;

/** The entries of every page, one page after another, or the first `most` of them. */
export async function allPages<Entry>(
  read: (page: PageRequest) => Promise<Page<Entry>>,
  most = Number.POSITIVE_INFINITY,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  let after: string | null = null;
  do {
    const limit = Math.min(pageSize, most - entries.length);
    const page: Page<Entry> = await read({ limit, ...(after === null ? {} : { after }) });
    entries.push(...page.entries);
    after = page.next;
  } while (after !== null && entries.length < most);
  return entries;
}
