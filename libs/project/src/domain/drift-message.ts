/**
 * repair: it is declared again · report: it is only told, by configuration or because nothing that we may do mends it ·
 * contested: somebody changes it again and again; it is told, and no longer fought.
 */
export type DriftAction = 'repair' | 'report' | 'contested';

/** The reason in the status of a rule that the device no longer holds as it was applied. */
export const drifted = 'Drifted';

/** What the owner of a rule reads. */
export function driftMessage(difference: string, action: DriftAction): string {
  return `${difference} ${consequence(action)}`;
}

function consequence(action: DriftAction): string {
  switch (action) {
    case 'repair':
      return 'It is declared again.';
    case 'report':
      return 'It is told and not repaired; the security team decides.';
    case 'contested':
      return 'It was declared again several times and somebody else keeps changing it: it is no longer repaired.';
  }
}
