/** Of this program; as package.json says. */
export const version = '0.6.0';
