/** Decorators as the functions they are: Node strips types, and refuses the syntax. */
export function decorate(target: { readonly prototype: object }, method: string, decorator: MethodDecorator): void {
  decorator(target.prototype, method, Object.getOwnPropertyDescriptor(target.prototype, method)!);
}
