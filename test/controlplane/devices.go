package controlplane

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applymetav1 "k8s.io/client-go/applyconfigurations/meta/v1"
	applyresourcev1 "k8s.io/client-go/applyconfigurations/resource/v1"
	"k8s.io/client-go/kubernetes"
)

// DeviceClass is the class of the GPUs that a fleet offers by dynamic resource
// allocation; it is also the name of NVIDIA's driver for it.
const DeviceClass = "gpu.nvidia.com"

// applyDevices publishes a node's GPUs as NVIDIA's DRA driver would. The slice
// belongs to the node, and goes with it.
func applyDevices(ctx context.Context, client kubernetes.Interface, node *corev1.Node, kind NodeKind) error {
	options := metav1.ApplyOptions{FieldManager: fleetManager, Force: true}
	if err := applyDeviceClass(ctx, client, options); err != nil {
		return err
	}
	slice := applyresourcev1.ResourceSlice(node.Name + "-gpu").
		WithOwnerReferences(applymetav1.OwnerReference().
			WithAPIVersion("v1").WithKind("Node").WithName(node.Name).WithUID(node.UID)).
		WithSpec(applyresourcev1.ResourceSliceSpec().
			WithDriver(DeviceClass).WithNodeName(node.Name).
			WithPool(applyresourcev1.ResourcePool().WithName(node.Name).WithGeneration(1).WithResourceSliceCount(1)).
			WithDevices(kind.devices()...))
	_, err := client.ResourceV1().ResourceSlices().Apply(ctx, slice, options)
	return err
}

func applyDeviceClass(ctx context.Context, client kubernetes.Interface, options metav1.ApplyOptions) error {
	expression := fmt.Sprintf("device.driver == '%[1]s' && device.attributes['%[1]s'].type == 'gpu'", DeviceClass)
	class := applyresourcev1.DeviceClass(DeviceClass).WithSpec(applyresourcev1.DeviceClassSpec().
		WithSelectors(applyresourcev1.DeviceSelector().WithCEL(applyresourcev1.CELDeviceSelector().WithExpression(expression))))
	_, err := client.ResourceV1().DeviceClasses().Apply(ctx, class, options)
	return err
}

// formFactor is the part of a product's name that NVIDIA writes with dashes.
var formFactor = regexp.MustCompile(` (SXM\d|PCIE) `)

// productName is the product as NVIDIA's driver writes it: with spaces, where the
// label has dashes, but for a few: NVIDIA A100-SXM4-80GB.
func (k NodeKind) productName() string {
	return formFactor.ReplaceAllString(strings.ReplaceAll(k.Product, "-", " "), "-$1-")
}

// devices are a node's GPUs.
func (k NodeKind) devices() []*applyresourcev1.DeviceApplyConfiguration {
	attributes := map[resourcev1.QualifiedName]applyresourcev1.DeviceAttributeApplyConfiguration{
		"type":        *applyresourcev1.DeviceAttribute().WithStringValue("gpu"),
		"productName": *applyresourcev1.DeviceAttribute().WithStringValue(k.productName()),
	}
	if g, ok := generationOf(k.Product); ok {
		attributes["architecture"] = *applyresourcev1.DeviceAttribute().WithStringValue(strings.ToUpper(g.family[:1]) + g.family[1:])
		attributes["cudaComputeCapability"] = *applyresourcev1.DeviceAttribute().WithVersionValue(g.major + "." + g.minor + ".0")
	}
	memory := applyresourcev1.DeviceCapacity().WithValue(*resource.NewQuantity(int64(k.MemoryMiB)<<20, resource.BinarySI))
	var devices []*applyresourcev1.DeviceApplyConfiguration
	for i := range k.GPUs {
		devices = append(devices, applyresourcev1.Device().WithName(fmt.Sprintf("gpu-%d", i)).
			WithAttributes(attributes).
			WithCapacity(map[resourcev1.QualifiedName]applyresourcev1.DeviceCapacityApplyConfiguration{"memory": *memory}))
	}
	return devices
}
