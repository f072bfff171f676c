package gate

import (
	"slices"

	"github.com/penstock-dev/penstock/render"
)

// imagesOf are the images of all containers that objects and evaluations make pods of, wherever the pod template lies.
func imagesOf(o *render.Objects) []string {
	var images []string
	jobs, _ := render.EvaluationJobs(o) // what cannot be rendered was refused before
	for _, item := range slices.Concat(o.Items, jobs) {
		collectImages(item.Object, &images)
	}
	return images
}

// collectImages walks an object down to its containers.
func collectImages(value any, images *[]string) {
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			collectImages(element, images)
		}
	case map[string]any:
		for _, list := range []string{"containers", "initContainers"} {
			containers, _ := v[list].([]any)
			for _, c := range containers {
				container, _ := c.(map[string]any)
				if image, _ := container["image"].(string); image != "" {
					*images = append(*images, image)
				}
			}
		}
		for _, below := range v {
			collectImages(below, images)
		}
	}
}
