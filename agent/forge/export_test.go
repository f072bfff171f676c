package forge

import "time"

// SetNow makes it this time for a forge.
func SetNow(f Forge, now time.Time) { f.(*hub).wire.now = func() time.Time { return now } }

// Digest is what names the text of a pull request.
func (w Wanted) Digest() string { return w.digest() }
