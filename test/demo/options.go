package demo

import (
	"io"
	"time"
)

// Options say how to play the demo. The zero value plays it without a word.
type Options struct {
	// Out takes the story; nobody reads it when it is nil. It is coloured when it is a terminal and the
	// environment does not say NO_COLOR.
	Out io.Writer
	// ErrOut takes the agent's log when Verbose; nobody reads it when it is nil.
	ErrOut io.Writer
	// Keep leaves everything running after the last chapter, says how to use it, and waits until the context
	// ends. It does so after a failure too, so that one can look around.
	Keep bool
	// Verbose writes the agent's log to ErrOut, beside its file.
	Verbose bool
	// Patience is how long the demo waits for any one thing; a minute unless told.
	Patience time.Duration
	// Version of penstock, for the agent's user agent.
	Version string
}

// withDefaults is the only place where defaults are filled in.
func (o Options) withDefaults() Options {
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.ErrOut == nil || !o.Verbose {
		o.ErrOut = io.Discard
	}
	if o.Patience == 0 {
		o.Patience = time.Minute
	}
	return o
}
