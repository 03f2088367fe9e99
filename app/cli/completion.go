package cli

import (
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"${enum}"`
}

// completed is a command as the templates see it.
type completed struct {
	Name, Help string
	Words      string // what may follow it, flags aside
	Flags      string
	Values     []completedFlag // flags that take one of a few values
	All        []completedFlag
}

type completedFlag struct{ Name, Short, Help, Names, Values string }

// Run prints a script made from the command model, so that it cannot fall
// behind.
func (x *completionCmd) Run(c *call) error {
	t, err := template.New(x.Shell).Parse(completions()[x.Shell])
	if err != nil {
		return fmt.Errorf("completion template: %w", err)
	}
	var (
		top, all []completed
		parents  string // commands with commands of their own
	)
	for _, n := range c.model.Children {
		cmd := c.completed(n)
		top, all = append(top, cmd), append(all, cmd)
		if len(n.Children) > 0 {
			parents += n.Name + " "
		}
		for _, sub := range n.Children {
			all = append(all, c.completed(sub))
		}
	}
	return t.Execute(c.Out, struct {
		Top, All []completed
		Parents  string
	}{top, all, parents})
}

func (c *call) completed(n *kong.Node) completed {
	cmd := completed{Name: strings.TrimPrefix(n.Path(), "retable "), Help: strings.ReplaceAll(n.Help, "'", "")}
	var words, flags []string
	for _, sub := range n.Children {
		words = append(words, sub.Name)
	}
	for _, p := range n.Positional {
		words = append(words, enumOf(p)...)
	}
	for _, f := range n.Flags {
		flag := completedFlag{Name: f.Name, Help: strings.ReplaceAll(f.Help, "'", ""), Names: "--" + f.Name}
		if f.Short != 0 {
			flag.Short = string(f.Short)
			flag.Names += "|-" + flag.Short
		}
		values := enumOf(f.Value)
		if f.Name == "format" {
			for _, x := range c.app.Formats() {
				values = append(values, x.Name)
			}
		}
		flag.Values = strings.Join(values, " ")
		if len(values) > 0 {
			cmd.Values = append(cmd.Values, flag)
		}
		cmd.All = append(cmd.All, flag)
		flags = append(flags, "--"+f.Name)
	}
	cmd.Words, cmd.Flags = strings.Join(words, " "), strings.Join(flags, " ")
	return cmd
}

func enumOf(v *kong.Value) []string {
	return slices.DeleteFunc(strings.Split(v.Enum, ","), func(s string) bool { return s == "" })
}

func completions() map[string]string {
	return map[string]string{
		"bash": `# Completion of retable for bash: source this file.
_retable() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd=${COMP_WORDS[1]} words= flags=
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=($(compgen -W "{{range .Top}}{{.Name}} {{end}}" -- "$cur"))
    return
  fi
  (( COMP_CWORD > 2 )) && [[ " {{.Parents}}" == *" $cmd "* ]] && cmd+=" ${COMP_WORDS[2]}"
  case "$cmd $prev" in
{{- range $c := .All}}{{range .Values}}
  "{{$c.Name}} --{{.Name}}"{{if .Short}}|"{{$c.Name}} -{{.Short}}"{{end}}) words="{{.Values}}" ;;
{{- end}}{{end}}
  esac
  if [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    return
  fi
  case "$cmd" in
{{- range .All}}
  "{{.Name}}") words="{{.Words}}" flags="{{.Flags}}" ;;
{{- end}}
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  else
    local IFS=$'\n'
    COMPREPLY=($(compgen -f -- "$cur"))
  fi
}
complete -o filenames -F _retable retable
`,
		"zsh": `#compdef retable
autoload -U +X bashcompinit && bashcompinit
source <(retable completion bash)
`,
		"fish": `{{range .Top}}complete -c retable -n __fish_use_subcommand -f -a '{{.Name}}' -d '{{.Help}}'
{{if .Words}}complete -c retable -n '__fish_seen_subcommand_from {{.Name}}' -f -a '{{.Words}}'
{{end}}{{end}}{{range $c := .All}}{{range .All}}complete -c retable -n '__fish_seen_subcommand_from {{$c.Name}}' -l {{.Name}}{{if .Short}} -s {{.Short}}{{end}}{{if .Values}} -x -a '{{.Values}}'{{end}} -d '{{.Help}}'
{{end}}{{end}}`,
	}
}
