package controlplane

import (
	"context"

	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applystoragev1 "k8s.io/client-go/applyconfigurations/storage/v1"
	"k8s.io/client-go/kubernetes"
)

const (
	// StorageClass is the default class. Like a cloud's, it makes a volume when
	// the first pod that uses the claim is scheduled.
	StorageClass = "standard"
	// Provisioner may be named by any other class: KWOK makes its volumes.
	Provisioner = "simulate.penstock.dev/volumes"
)

// addStorage makes the default storage class, without which a pod with a claim
// would be Pending for ever.
func (c *ControlPlane) addStorage(ctx context.Context) error {
	client, err := kubernetes.NewForConfig(c.admin)
	if err != nil {
		return doing("making a client", err)
	}
	class := applystoragev1.StorageClass(StorageClass).
		WithAnnotations(map[string]string{"storageclass.kubernetes.io/is-default-class": "true"}).
		WithProvisioner(Provisioner).
		WithVolumeBindingMode(storagev1.VolumeBindingWaitForFirstConsumer)
	_, err = client.StorageV1().StorageClasses().Apply(ctx, class, metav1.ApplyOptions{FieldManager: fleetManager})
	return doing("making the default storage class", err)
}
