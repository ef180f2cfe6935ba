/** Collects the conditions of a WHERE clause, with their parameters. */
export class Conditions {
  readonly parameters: unknown[] = [];
  private readonly texts: string[] = [];

  /** Adds a condition on a parameter, unless the value is undefined. */
  equal(column: string, value: string | undefined): this {
    if (value !== undefined) this.texts.push(`${column} = ${this.parameter(value)}`);
    return this;
  }

  /** Adds that one of several conditions on a parameter holds, unless the value is undefined. */
  either(conditions: (placeholder: string) => readonly string[], value: string | undefined): this {
    if (value !== undefined) this.texts.push(`(${conditions(this.parameter(value)).join(' OR ')})`);
    return this;
  }

  /** Adds a condition over several parameters: `(a, b) > ($1, $2)`. */
  compare(columns: readonly string[], operator: '<' | '>' | '<=' | '>=', values: readonly string[]): this {
    this.texts.push(`(${columns.join(', ')}) ${operator} (${values.map((value) => this.parameter(value)).join(', ')})`);
    return this;
  }

  get where(): string {
    return this.texts.length === 0 ? '' : `WHERE ${this.texts.join(' AND ')}`;
  }

  /** The placeholder of a new parameter. */
  parameter(value: unknown): string {
    this.parameters.push(value);
    return `$${this.parameters.length}`;
  }
}
