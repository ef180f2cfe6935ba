import { type ClusterChange, type History, type Step } from './steps.js';

/**
 * A shorter history in which the same goes wrong: leaves out steps, changes and interferences, one after the other, for as
 * long as `fails` says that it fails all the same. `over` ends the search.
 */
export async function shortened(
  history: History,
  fails: (history: History) => Promise<boolean>,
  over: () => boolean,
): Promise<History> {
  let shortest = history;
  for (let progress = true; progress;) {
    progress = false;
    for (const part of partsOf(shortest).reverse()) {
      if (over()) return shortest;
      const candidate = part.without(shortest);
      if (candidate === null || !(await fails(candidate))) continue;
      shortest = candidate;
      progress = true;
    }
  }
  return shortest;
}

interface Part {
  /** Null when it is not there any more. */
  readonly without: (history: History) => History | null;
}

/** By identity, so that what was left out meanwhile does not move the others. */
function partsOf(history: History): Part[] {
  const rules = history.rules.map((rule): Part => ({
    without: (now) => (now.rules.includes(rule) ? { ...now, rules: now.rules.filter((each) => each !== rule) } : null),
  }));
  const ground = history.ground.map((change): Part => ({
    without: (now) =>
      now.ground.includes(change) ? { ...now, ground: now.ground.filter((each) => each !== change) } : null,
  }));
  const steps = history.steps.map((_, index) => partsOfStep(index));
  return [...ground, ...rules, ...steps.flat()];
}

function partsOfStep(index: number): Part[] {
  const simpler = (how: (step: Step) => Step | null) => (now: History) => {
    const step = now.steps[index];
    const next = step === undefined ? null : how(step);
    return next === null ? null : { ...now, steps: now.steps.with(index, next) };
  };
  const changes = Array.from({ length: 4 }, (_, at): Part => ({
    without: simpler((step) => {
      if (step.type !== 'changes' || step.changes.changes.length < 2) return null;
      return { ...step, changes: { ...step.changes, changes: withoutOne(step.changes.changes, at) } };
    }),
  }));
  return [
    ...changes,
    {
      without: simpler((step) =>
        step.type === 'work' && step.interference !== null ? { ...step, interference: null } : null,
      ),
    },
    {
      without: simpler((step) =>
        step.type === 'changes' && step.delivery !== 'once' ? { ...step, delivery: 'once' } : null,
      ),
    },
    {
      without: (now) =>
        index < now.steps.length ? { ...now, steps: now.steps.filter((_, at) => at !== index) } : null,
    },
  ];
}

function withoutOne(changes: readonly ClusterChange[], at: number): ClusterChange[] {
  return changes.filter((_, index) => index !== Math.min(at, changes.length - 1));
}
