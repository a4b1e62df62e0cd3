/**
 * What in our layers, and in those that a customer's own columns pass through, is about a person: masked unless the role shows it.
 *
 * The identifiers of customers and contracts are not in the list: they are the retailer's own numbers, say nothing by themselves, and
 * are what a list of work is made of. Who looks one up stands in the audit log.
 */
const PERSONAL = [
  // What people said to the retailer, in their own words.
  /^interaction_summary$/,
  /^(first_?|last_?|full_?|customer_?|holder_?)?names?$/,
  /^(nombre|apellidos?|titular|razon_social)/,
  /(^|_)(e?mail|correo|phone|telephone|telefono|movil|mobile)s?(_address|_number)?$/,
  /(^|_)(address|street|direccion|calle|domicilio|postal_?code|postcode|codigo_postal|zip)(_|$)/,
  /(^|_)(nif|nie|dni|cif|passport|iban|bank_account|cups|tax_id)(_|$)/,
  /^(age|age_years|birth_?date|date_of_birth|fecha_nacimiento|gender|sexo|nationality)$/,
  /(^|_)(latitude|longitude|lat|lon)$/,
] as const;

export const MASK = '***';

/** Has-it-or-not flags (`has_email`) say nothing of a person. */
export function isPersonal(column: string): boolean {
  const name = column.toLowerCase();
  return !/^(has|is)_/.test(name) && PERSONAL.some((pattern) => pattern.test(name));
}
