/** `$(NAME)` becomes the variable's value where it is known and stays otherwise; `$$` is a dollar sign. As Kubernetes reads commands and values. */
export function expandVariables(text: string, known: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$(\$|\(([^)]*)\))/g, (whole, what: string, name: string) =>
    what === '$' ? '$' : (known[name] ?? whole),
  )
}
