package demo

import (
	"io"
	"log/slog"
	"sync"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"
)

// libraryLog is where the Kubernetes libraries log to. They have one logger for a whole process, which must
// be set before any of them works and never again, so it is what lies behind it that changes.
var libraryLog switchedWriter

// setLibraryLog is done once.
var setLibraryLog = sync.OnceFunc(func() {
	logger := logr.FromSlogHandler(slog.NewTextHandler(&libraryLog, nil))
	klog.SetLogger(logger)
	ctrllog.SetLogger(logger)
})

// redirectLibraryLog makes the libraries log to w from now on; nowhere when it is nil.
func redirectLibraryLog(w io.Writer) {
	setLibraryLog()
	libraryLog.mu.Lock()
	defer libraryLog.mu.Unlock()
	libraryLog.to = w
}

// switchedWriter writes to what it is told to at the time.
type switchedWriter struct {
	mu sync.Mutex
	to io.Writer
}

// Write drops what there is nowhere to write to.
func (w *switchedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.to == nil {
		return len(p), nil
	}
	return w.to.Write(p)
}
