package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/client/clientset/clientset"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"
)

// installCRDs creates CRDs from files, and waits until their kinds are served.
func installCRDs(ctx context.Context, config *rest.Config, files map[CRD]string) error {
	group, ctx := errgroup.WithContext(ctx)
	for crd, file := range files {
		group.Go(func() error {
			definition, err := readCRD(file, crd)
			if err != nil {
				return doing(fmt.Sprintf("reading the CRD %s", crd), err)
			}
			if err := createCRD(ctx, config, definition); err != nil {
				return doing(fmt.Sprintf("creating the CRD %s", crd), err)
			}
			return await(ctx, fmt.Sprintf("the CRD %s to be served", crd), nil, func(ctx context.Context) error {
				return served(ctx, config, definition)
			})
		})
	}
	return group.Wait()
}

// readCRD reads a CRD's file. A conversion webhook goes: nobody answers it here,
// and every version but the stored one would be an error.
func readCRD(file string, crd CRD) (*apiextensionsv1.CustomResourceDefinition, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var definition apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(content, &definition); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if definition.Name != string(crd) {
		return nil, fmt.Errorf("%s: is the CRD %q", file, definition.Name)
	}
	definition.Spec.Conversion = nil
	return &definition, nil
}

// createCRD creates a CRD. One that is there already, from a call that was cut
// short, is as good.
func createCRD(ctx context.Context, config *rest.Config, definition *apiextensionsv1.CustomResourceDefinition) error {
	client, err := clientset.NewForConfig(config)
	if err != nil {
		return err
	}
	_, err = client.ApiextensionsV1().CustomResourceDefinitions().Create(ctx, definition, metav1.CreateOptions{FieldManager: fleetManager})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// served reports what is missing until objects of a CRD can be read and written:
// the API server serves a kind a moment after it has said Established, and tells
// of it in discovery at yet another.
func served(ctx context.Context, config *rest.Config, definition *apiextensionsv1.CustomResourceDefinition) error {
	for _, check := range []func(context.Context, *rest.Config, *apiextensionsv1.CustomResourceDefinition) error{established, discovered, listed} {
		if err := check(ctx, config, definition); err != nil {
			return err
		}
	}
	return nil
}

func established(ctx context.Context, config *rest.Config, definition *apiextensionsv1.CustomResourceDefinition) error {
	client, err := clientset.NewForConfig(config)
	if err != nil {
		return err
	}
	current, err := client.ApiextensionsV1().CustomResourceDefinitions().Get(ctx, definition.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	for _, c := range current.Status.Conditions {
		if c.Type == apiextensionsv1.Established && c.Status == apiextensionsv1.ConditionTrue {
			return nil
		}
	}
	return fmt.Errorf("it is not Established: %+v", current.Status.Conditions)
}

// discovered asks as clients do, by the aggregated document.
func discovered(_ context.Context, config *rest.Config, definition *apiextensionsv1.CustomResourceDefinition) error {
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return err
	}
	_, lists, err := client.ServerGroupsAndResources()
	if err != nil {
		return err
	}
	for _, resource := range resourcesOf(definition) {
		if !slices.ContainsFunc(lists, func(list *metav1.APIResourceList) bool {
			return list.GroupVersion == resource.GroupVersion().String() &&
				slices.ContainsFunc(list.APIResources, func(r metav1.APIResource) bool { return r.Name == resource.Resource })
		}) {
			return fmt.Errorf("discovery does not know %s", resource)
		}
	}
	return nil
}

func listed(ctx context.Context, config *rest.Config, definition *apiextensionsv1.CustomResourceDefinition) error {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	var errs []error
	for _, resource := range resourcesOf(definition) {
		_, err := client.Resource(resource).List(ctx, metav1.ListOptions{Limit: 1})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// resourcesOf are the resources that a CRD makes the API server serve, one for
// each version.
func resourcesOf(definition *apiextensionsv1.CustomResourceDefinition) []schema.GroupVersionResource {
	var all []schema.GroupVersionResource
	for _, version := range definition.Spec.Versions {
		if version.Served {
			all = append(all, schema.GroupVersionResource{Group: definition.Spec.Group, Version: version.Name, Resource: definition.Spec.Names.Plural})
		}
	}
	return all
}
