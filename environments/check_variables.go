package environments

import (
	"regexp"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// secrets refuses variables whose secret is in Git, where everybody who reads the repository sees it. The
// value is never repeated.
func (c *specCheck) secrets(list string, env []v1alpha1.EnvVar) {
	for i, variable := range env {
		if variable.SecretKeyRef != nil || !namesSecret(variable.Name, variable.Value) && !looksSecret(variable.Value) {
			continue
		}
		c.refuse(indexed(list, i)+".value", "put it into a Secret, and write secretKeyRef with the Secret's name and key instead",
			"%s has a secret in plain text, which everybody who reads the repository sees", cut(variable.Name))
	}
}

// plainWords refuses secrets among the words of a command line.
func (c *specCheck) plainWords(list string, words []string) {
	for i, word := range words {
		if looksSecret(word) {
			c.refuse(indexed(list, i), "put it into a Secret, take it into env with secretKeyRef, and write $(NAME) here",
				"this has a secret in plain text, which everybody who reads the repository sees")
		}
	}
}

var (
	// secretWords end the names of variables that hold secrets. KEY by itself says too little.
	secretWords = []string{"TOKEN", "KEY", "SECRET", "PASSWORD", "PASSWD", "APIKEY"}
	// harmlessWords before the last one make it something else: a token of text, or a key that all may know.
	harmlessWords = []string{"MAX", "MIN", "NUM", "PER", "BOS", "EOS", "PAD", "UNK", "SEP", "CLS", "MASK", "STOP", "SPECIAL", "PUBLIC"}
	// harmlessValue is a number, a switch, a path, or a reference to another variable.
	harmlessValue = regexp.MustCompile(`^(-?[0-9.]{1,9}|(?i:true|false|yes|no|on|off|none|auto)|\.{0,2}/[^\s]*|\$\([A-Za-z0-9_]+\))$`)
	// secretValue is how tokens of Hugging Face, OpenAI, AWS and GitHub begin, and private keys, wherever they
	// stand in a value: https://docs.github.com/code-security/secret-scanning/introduction/supported-secret-scanning-patterns
	secretValue = regexp.MustCompile(`(^|[^A-Za-z0-9_])(hf_[A-Za-z0-9]{20,}|sk-(proj|ant|or)-[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9]{20,}|AKIA[0-9A-Z]{16}|gh[opsu]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})` +
		`|-----BEGIN [A-Z0-9 ]*PRIVATE KEY`)
)

// namesSecret says whether a variable of this name holds a secret, if it has this value.
func namesSecret(name, value string) bool {
	words := strings.Split(strings.ToUpper(name), "_")
	last := len(words) - 1
	switch {
	case value == "" || harmlessValue.MatchString(value) || !slices.Contains(secretWords, words[last]):
		return false
	case last == 0:
		return words[0] != "KEY"
	}
	return !slices.Contains(harmlessWords, words[last-1])
}

// looksSecret says whether a text has a secret in it, whatever it is called.
func looksSecret(text string) bool { return secretValue.MatchString(text) }

// variables checks the environment of a container.
func (c *specCheck) variables(list string, env []v1alpha1.EnvVar) {
	c.environment(list, env)
	c.secrets(list, env)
}

// environment asks for exactly one of value and secretKeyRef.
func (c *specCheck) environment(list string, env []v1alpha1.EnvVar) {
	for i, variable := range env {
		path := indexed(list, i)
		_, literal := valueAt(c.said, document.Steps(path+".value"))
		switch {
		case literal && variable.SecretKeyRef != nil:
			c.refuse(path, "delete one", "%s has both value and secretKeyRef; expected one of them", cut(variable.Name))
		case !literal && variable.SecretKeyRef == nil:
			c.missing(path, `add value ("" for an empty one) or secretKeyRef`,
				"%s has neither value nor secretKeyRef; expected one of them", cut(variable.Name))
		}
	}
}
