import type { components, operations, paths } from './openapi'

// What the generated description of the server (openapi.d.ts) says of each
// call: the address, what goes in, what comes out. Types alone: nothing of this
// is left in the program.

export type Schema<N extends keyof components['schemas']> = components['schemas'][N]
export type OperationName = keyof operations
export type Address = keyof paths

type Body<T> = [T] extends [{ content: { 'application/json': infer B } }] ? ([T] extends [never] ? unknown : B) : unknown
type Members<T> = [T] extends [undefined] ? unknown : NonNullable<T>
type Flat<T> = { [K in keyof T]: T[K] }

/** A call's request as one object: the members of path, query and body together. */
export type Sent<N extends OperationName> = Flat<
  Members<operations[N]['parameters']['path']> & Members<operations[N]['parameters']['query']> & Body<NonNullable<operations[N]['requestBody']>>
>

/** A call's answer. */
export type Answered<N extends OperationName> = {
  [Status in keyof operations[N]['responses']]: Status extends 200 | 201 | 202 ? Body<operations[N]['responses'][Status]> : never
}[keyof operations[N]['responses']]

/** The methods that an address has for an operation: none if it isn't there. */
export type MethodAt<P extends Address, N extends OperationName> = {
  [M in keyof paths[P]]: paths[P][M] extends operations[N] ? (operations[N] extends paths[P][M] ? Uppercase<M & string> : never) : never
}[keyof paths[P]]
