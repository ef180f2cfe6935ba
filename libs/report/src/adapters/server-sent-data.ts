import { createParser } from 'eventsource-parser';

/** Characters; no event of the log is longer. */
const longestData = 16 * 1_024 * 1_024;

/**
 * Takes server-sent events apart: the function gives the data of each event that a chunk of the body completes.
 * @param refuse throws; called when what comes are no such events, or longer ones than the API sends.
 */
export function serverSentData(refuse: (reason: string) => never): (chunk: Uint8Array) => string[] {
  const decoder = new TextDecoder();
  let complete: string[] = [];
  const parser = createParser({
    onEvent: ({ data }) => complete.push(data),
    onError: ({ message }) => refuse(message),
    maxBufferSize: longestData,
  });
  return (chunk) => {
    complete = [];
    parser.feed(decoder.decode(chunk, { stream: true }));
    return complete;
  };
}
