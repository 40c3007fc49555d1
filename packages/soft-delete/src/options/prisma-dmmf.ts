/** Kept for code that names it: the data model that used to be passed as `dmmf`. The schema is read from the client itself. */
export type PrismaDmmfLike = object;
