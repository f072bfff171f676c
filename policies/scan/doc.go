// Package scan reads vulnerability reports of container images and says whether one stays within a budget.
//
// Images are scanned elsewhere. The report is a file, committed or recorded, as one of these wrote it:
//
//	trivy image --format json IMAGE@sha256:…
//	grype -o json IMAGE@sha256:…
//
// A report counts for the digests that it names and no other image: Within refuses one of another image before
// it looks at anything else. SARIF is refused, since it says neither which digest was scanned nor when.
//
// A finding is one vulnerability in one version of one package, however many files the package is found in. It
// has the severity that the scanner gives it, and may have a fix. What the scanner itself left out (ignored
// severities, ignore files, VEX) cannot be seen in a report; who runs the scanner answers for it.
//
// The package is pure: the time is handed in.
package scan
