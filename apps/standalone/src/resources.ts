/** What has been started and has to be stopped, the last one first. */
export class Resources {
  private readonly releases: (() => Promise<unknown>)[] = [];

  /** Waits for a start, and remembers how it is undone. */
  async keep<Started>(starting: Promise<Started>, release: (started: Started) => Promise<unknown>): Promise<Started> {
    const started = await starting;
    this.releases.push(() => release(started));
    return started;
  }

  async release(): Promise<void> {
    for (const release of this.releases.splice(0).reverse()) await release();
  }
}
