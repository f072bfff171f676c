package build

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
)

// progressEvery is how often a person hears of a long build.
const progressEvery = 5 * time.Second

// buildProgress reads what `go build -v` writes, a package name for each
// package that it compiles, and sums it up in a line every few seconds.
type buildProgress struct {
	module   Module
	to       io.Writer
	total    int
	compiled int
	started  time.Time
	told     time.Time
	partial  []byte   // an unfinished line
	other    []string // lines that name no package: go's complaints
}

func newBuildProgress(to io.Writer, m Module, total int) *buildProgress {
	fmt.Fprintf(to, "building %s (the first time takes %s)\n", m.Name, m.Takes)
	now := time.Now()
	return &buildProgress{module: m, to: to, total: total, started: now, told: now}
}

// Write takes go's standard error.
func (p *buildProgress) Write(data []byte) (int, error) {
	p.partial = append(p.partial, data...)
	for {
		line, rest, found := bytes.Cut(p.partial, []byte("\n"))
		if !found {
			return len(data), nil
		}
		p.partial = rest
		p.line(string(line))
	}
}

// line tells package names from everything else: they have no space in them,
// and go's own messages always do.
func (p *buildProgress) line(line string) {
	if strings.ContainsAny(line, " \t") {
		p.other = append(p.other, line)
		return
	}
	p.compiled++
	if time.Since(p.told) < progressEvery {
		return
	}
	p.told = time.Now()
	fmt.Fprintf(p.to, "building %s: compiling %s (%d of at most %d packages)\n", p.module.Name, line, p.compiled, p.total)
}

// complaints are go's last words, without the thousands of package names.
func (p *buildProgress) complaints() string {
	return strings.Join(p.other[max(0, len(p.other)-30):], "\n")
}

func (p *buildProgress) done() {
	fmt.Fprintf(p.to, "built %s in %s\n", p.module.Name, time.Since(p.started).Round(time.Second))
}
