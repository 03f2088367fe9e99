/** "{urn:example:orders}Orders" as "Orders". */
export const shortKind = (kind: string): string => kind.replace(/^\{[^}]*\}/, '') || kind

/** The namespace of a kind, "" if it has none. */
export const namespaceOf = (kind: string): string => /^\{([^}]*)\}/.exec(kind)?.[1] ?? ''
