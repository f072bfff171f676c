package render

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

const (
	// modelMount is where an image volume or a claim with the model appears. It is written in parts/modelImage
	// and parts/modelClaim too.
	modelMount = "/model"
	// preparedDir is where prepare steps leave models, in the cache.
	preparedDir = "/cache/models"
)

// addModel adds where the server finds the model, and the parts that bring it there.
//
//   - model.location is what the server is told: a repository, a URL, or a path.
//   - model.revision is the revision that the server is to ask for; absent when the model is there already.
//   - model.quantization is the method that the server is told; absent when the checkpoint says it.
//   - model.directory is the model's directory; absent when the server downloads the model by itself.
func (v values) addModel(m *v1alpha1.ModelDeployment) {
	model := m.Spec.Release.Model
	scheme, location, _ := strings.Cut(model.Source, "://")
	where := map[string]any{"scheme": scheme, "location": location}
	v["model"] = where
	switch directory := modelDirectory(m.Spec.Release); {
	case directory != "":
		where["directory"], where["location"] = directory, path.Join(directory, model.File)
	case scheme != "hf":
		where["location"] = model.Source
	}
	if method := toldQuantization(model); method != "" {
		where["quantization"] = method
	}
	if where["directory"] == nil && model.Revision != "" {
		where["revision"] = model.Revision
	}
	switch scheme {
	case "oci":
		v["modelImage"] = map[string]any{"reference": imageReference(location, model.Revision)}
	case "pvc":
		claim, _, _ := strings.Cut(location, "/")
		v["modelClaim"] = map[string]any{"name": claim}
	}
	v.addPrepare(m)
	v["initMounts"] = initMounts(v)
	if len(model.Checksums) > 0 {
		v["checksums"] = map[string]any{"env": variables("MODEL_DIR", text(where["directory"]), "MODEL_CHECKSUMS", checksumLines(model))}
	}
	if adapters := adapterPaths(m.Spec.Release); len(adapters) > 0 {
		v["adapters"] = adapters
	}
	if fetchesFromBucket(m.Spec.Release) {
		v["metadataServer"] = map[string]any{}
	}
	v["downloads"] = downloadPorts(m.Spec.Release)
}

// initMounts are the volumes of the containers that run before the server.
func initMounts(v values) []any {
	mounts := []any{
		map[string]any{"name": "cache", "mountPath": "/cache"},
		map[string]any{"name": "shm", "mountPath": "/dev/shm"},
	}
	if v["modelImage"] != nil || v["modelClaim"] != nil {
		mounts = append(mounts, map[string]any{"name": "model", "mountPath": modelMount, "readOnly": true})
	}
	return mounts
}

// modelDirectory is the directory in which a model is before the server starts, or "". That of a prepared
// model is named for its content, so that a shared cache never serves one model for another.
func modelDirectory(release v1alpha1.Release) string {
	model := release.Model
	scheme, location, _ := strings.Cut(model.Source, "://")
	switch {
	case model.Prepare != nil:
		return path.Join(preparedDir, preparedID(release))
	case scheme == "oci":
		return modelMount
	case scheme == "pvc":
		_, below, _ := strings.Cut(location, "/")
		return path.Join(modelMount, below)
	}
	return ""
}

// preparedID is the content address of what a prepare step is told to leave, adapters included. What is only
// known of the model does not change it: nobody wants to download it again for the name of its licence.
func preparedID(release v1alpha1.Release) string {
	model, prepare := release.Model, *release.Model.Prepare
	model.License, model.Size, model.Parameters, model.Architecture, model.Checksums = "", nil, "", nil, nil
	prepare.TimeoutSeconds = nil
	model.Prepare = &prepare
	data, err := json.Marshal([]any{model, release.Runtime.Adapters})
	if err != nil {
		panic(fmt.Sprintf("encode a model: %v", err)) // plain fields cannot fail
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}

// imageReference is a repository at a digest or a tag.
func imageReference(repository, revision string) string {
	switch {
	case strings.HasPrefix(revision, "sha256:"):
		return repository + "@" + revision
	case revision != "":
		return repository + ":" + revision
	}
	return repository
}

// addPrepare adds the prepare step and what it is told.
func (v values) addPrepare(m *v1alpha1.ModelDeployment) {
	release := m.Spec.Release
	prepare := release.Model.Prepare
	if prepare == nil {
		return
	}
	env := variables(
		"MODEL_SOURCE", release.Model.Source, "MODEL_REVISION", release.Model.Revision, "MODEL_FILE", release.Model.File,
		"MODEL_FORMAT", release.Model.Format, "MODEL_PRECISION", release.Model.Precision, "MODEL_QUANTIZATION", release.Model.Quantization,
		"MODEL_ADAPTERS", adapterLines(release.Runtime.Adapters), "MODEL_DIR", modelDirectory(release),
		"HF_HOME", "/cache/huggingface", "HOME", "/tmp", "USER", "penstock",
	)
	if scheme, location, _ := strings.Cut(release.Model.Source, "://"); slices.Contains([]string{"oci", "pvc"}, scheme) {
		_, below, _ := strings.Cut(location, "/")
		mounted := map[string]string{"oci": modelMount, "pvc": path.Join(modelMount, below)}[scheme]
		env = append(env, variables("MODEL_MOUNT", mounted)...)
	}
	if c := m.Spec.Credentials; c != nil && c.ModelToken != nil {
		key := map[string]any{"name": c.ModelToken.Name, "key": c.ModelToken.Key}
		env = append(env, map[string]any{"name": "HF_TOKEN", "valueFrom": map[string]any{"secretKeyRef": key}})
	}
	for _, variable := range prepare.Env {
		env = append(env, ownVariable(variable))
	}
	v["prepare"] = map[string]any{"image": prepare.Image, "env": env}
	if len(prepare.Command) > 0 {
		v["prepareCommand"] = anys(prepare.Command)
	}
	if len(prepare.Args) > 0 {
		v["prepareArgs"] = anys(prepare.Args)
	}
}

// checksumLines are the checksums as sha256sum --check reads them.
func checksumLines(model v1alpha1.Model) string {
	var lines []string
	for _, sum := range model.Checksums {
		lines = append(lines, sum.SHA256+"  "+sum.File)
	}
	return strings.Join(lines, "\n")
}

// adapterLines tell a prepare step what to fetch: name, source and revision of one adapter on each line.
func adapterLines(adapters []v1alpha1.Adapter) string {
	var lines []string
	for _, a := range adapters {
		lines = append(lines, strings.TrimRight(a.Name+" "+a.Source+" "+a.Revision, " "))
	}
	return strings.Join(lines, "\n")
}

// adapterPaths are the adapters as different servers take them: name=path by name, the paths alone, and all
// in one text.
func adapterPaths(release v1alpha1.Release) map[string]any {
	var named, paths []string
	for _, a := range release.Runtime.Adapters {
		at := adapterPath(release, a)
		named, paths = append(named, a.Name+"="+at), append(paths, at)
	}
	if len(named) == 0 {
		return nil
	}
	return map[string]any{"named": anys(named), "paths": anys(paths), "joined": strings.Join(named, ",")}
}

// adapterPath is where the server finds an adapter: below the model's directory, or in a repository.
func adapterPath(release v1alpha1.Release, a v1alpha1.Adapter) string {
	scheme, location, _ := strings.Cut(a.Source, "://")
	directory := modelDirectory(release)
	switch {
	case scheme == "model":
		return path.Join(directory, location)
	case directory != "":
		return path.Join(directory, "adapters", a.Name)
	}
	return location
}

func text(v any) string {
	s, _ := v.(string)
	return s
}
