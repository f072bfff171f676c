package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// sources are where the model and its adapters come from.
func sources(release v1alpha1.Release) []string {
	all := []string{release.Model.Source}
	for _, a := range release.Runtime.Adapters {
		all = append(all, a.Source)
	}
	return all
}

// fetchesFromBucket reports whether something in the pod reads a bucket.
func fetchesFromBucket(release v1alpha1.Release) bool {
	return slices.ContainsFunc(sources(release), func(source string) bool {
		return strings.HasPrefix(source, "s3://") || strings.HasPrefix(source, "gs://")
	})
}

// downloadPorts are the ports that the pod may reach outside of it, as a NetworkPolicy has them: 443, and what
// URLs of the model and its adapters say.
func downloadPorts(release v1alpha1.Release) []any {
	ports := []int64{443}
	for _, source := range sources(release) {
		location, https := strings.CutPrefix(source, "https://")
		host, _, _ := strings.Cut(location, "/")
		_, port, said := strings.Cut(host, ":")
		if number, err := strconv.ParseInt(port, 10, 32); https && said && err == nil {
			ports = append(ports, number)
		}
	}
	slices.Sort(ports[1:])
	var all []any
	for i, port := range ports {
		if !slices.Contains(ports[:i], port) {
			all = append(all, map[string]any{"protocol": "TCP", "port": port})
		}
	}
	return all
}
