import { versionProblem } from '#apply/domain/as3-version';
import { type Configuration } from '#core/configuration';
import { InvalidArgumentError, Option } from 'commander';

/** `--as3`: the AS3 of the BIG-IP that the declarations are for. */
export function as3VersionOption(): Option {
  return new Option('--as3 <version>', "the BIG-IP's AS3 version").argParser(parseVersion).default('3.56.0');
}

function parseVersion(text: string): string {
  if (!/^3\.\d{1,3}(\.\d{1,3})?$/.test(text)) throw new InvalidArgumentError('An AS3 version looks like 3.56.0.');
  return text.split('.').length === 2 ? `${text}.0` : text;
}

/** Why the worker would not declare to this AS3 at all, null when it would. */
export function refusalOf(version: string, configuration: Configuration): string | null {
  return versionProblem({ version, schemaCurrent: version, schemaMinimum: '3.0.0' }, [configuration]);
}
