package controlplane

import (
	"io"
	"os"
	"path/filepath"
)

// Options say how to build and to run a control plane. The zero value is useful.
type Options struct {
	// Progress is told what takes long, one line at a time. Default: nobody.
	Progress io.Writer
	// LogDir keeps the logs of all processes. Default: the temporary directory,
	// which Stop removes.
	LogDir string
	// CacheDir keeps the binaries. Default: penstock/controlplane in the user's
	// cache directory.
	CacheDir string
	// SourceDir is the module that the binaries are built from. Default:
	// test/cluster in the source tree of this package, or of the working directory.
	SourceDir string
	// Fleet is applied before Start returns. Default: no nodes.
	Fleet *Fleet
}

// withDefaults is the only place where defaults are filled in.
func (o Options) withDefaults() (Options, error) {
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	if o.CacheDir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return o, doing("finding the user's cache directory (set HOME, or Options.CacheDir)", err)
		}
		o.CacheDir = filepath.Join(cache, "penstock", "controlplane")
	}
	return o, nil
}
