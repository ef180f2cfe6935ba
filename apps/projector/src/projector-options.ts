import { type AppContext } from '#platform/run-process';
import { type Settings } from '#platform/settings';

/** What a projector is given by whoever runs it: its own process, or standalone. */
export interface ProjectorAppOptions extends AppContext<Settings['projector']> {
  /** The cluster whose messages it projects. */
  readonly cluster: string;
}

export const PROJECTOR_OPTIONS = Symbol('ProjectorAppOptions');
