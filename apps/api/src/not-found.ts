/** What was asked for is not there. The message is for the caller. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
}
