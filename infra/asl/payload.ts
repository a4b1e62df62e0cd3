/** A field as a state writes it: as it is, or as `<name>.$` by a path or an intrinsic function. */
type Field<Name extends string> = { [K in Name]: string } | { [K in `${Name}.$`]: string };

/** Of a union, what is all of its members at once. They are boxed, or those that are unions themselves would fall apart. */
type Every<Box> = (Box extends unknown ? (box: Box) => void : never) extends (
  box: infer All extends { field: unknown },
) => void
  ? All['field']
  : never;

/** What a state hands a function whose input is `Input`: every field of it, in either form, and no other. */
export type PayloadOf<Input> = Every<{ [Name in keyof Input & string]: { field: Field<Name> } }[keyof Input & string]>;
