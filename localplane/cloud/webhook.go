package cloud

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// What a pod's webhook does.
const (
	webhookAdmit   = "admit"
	webhookDeny    = "deny"
	webhookInject  = "inject"
	webhookConvert = "convert"
	webhookHang    = "hang"
)

// maxReview is more than the API server accepts for an object.
const maxReview = 8 << 20

// annotationInjected is what a webhook that injects leaves behind.
const annotationInjected = domain + "injected"

// review answers an AdmissionReview or a ConversionReview as the pod's annotation says.
func review(response http.ResponseWriter, request *http.Request, pod *corev1.Pod) {
	body := http.MaxBytesReader(response, request.Body, maxReview)
	switch behaviour := pod.Annotations[annotationWebhook]; behaviour {
	case webhookHang:
		<-request.Context().Done()
	case webhookConvert:
		var asked apiextensionsv1.ConversionReview
		if decode(response, json.NewDecoder(body), &asked) && asked.Request != nil {
			asked.Response, asked.Request = converted(asked.Request), nil
			answer(response, asked)
		}
	case webhookAdmit, webhookDeny, webhookInject:
		var asked admissionv1.AdmissionReview
		if decode(response, json.NewDecoder(body), &asked) && asked.Request != nil {
			asked.Response, asked.Request = admitted(asked.Request, behaviour, pod.Annotations[annotationMessage]), nil
			answer(response, asked)
		}
	default:
		http.Error(response, fmt.Sprintf("annotation %s has an unknown value %q", annotationWebhook, behaviour), http.StatusNotFound)
	}
}

func decode(response http.ResponseWriter, decoder *json.Decoder, into any) bool {
	if err := decoder.Decode(into); err != nil {
		http.Error(response, err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

func admitted(request *admissionv1.AdmissionRequest, behaviour, message string) *admissionv1.AdmissionResponse {
	result := &admissionv1.AdmissionResponse{UID: request.UID, Allowed: behaviour != webhookDeny}
	if behaviour == webhookDeny {
		if message == "" {
			message = "denied as asked for"
		}
		result.Result = &metav1.Status{Status: metav1.StatusFailure, Message: message, Reason: metav1.StatusReasonForbidden, Code: http.StatusForbidden}
	}
	if patch := injection(request.Object); behaviour == webhookInject && patch != nil {
		kind := admissionv1.PatchTypeJSONPatch
		result.Patch, result.PatchType = patch, &kind
	}
	return result
}

// injection gives the JSON patch that annotates an object; none for an object that is being deleted.
func injection(raw runtime.RawExtension) []byte {
	var object metav1.PartialObjectMetadata
	if json.Unmarshal(raw.Raw, &object) != nil {
		return nil
	}
	operation := map[string]any{"op": "add", "path": "/metadata/annotations", "value": map[string]string{annotationInjected: "true"}}
	if object.Annotations != nil {
		escaped := strings.ReplaceAll(annotationInjected, "/", "~1")
		operation = map[string]any{"op": "add", "path": "/metadata/annotations/" + escaped, "value": "true"}
	}
	patch, err := json.Marshal([]any{operation})
	if err != nil {
		return nil
	}
	return patch
}

// converted gives the objects in the wanted version; versions that differ in more than their name are beyond it.
func converted(request *apiextensionsv1.ConversionRequest) *apiextensionsv1.ConversionResponse {
	result := &apiextensionsv1.ConversionResponse{UID: request.UID, Result: metav1.Status{Status: metav1.StatusSuccess}}
	for _, raw := range request.Objects {
		var object unstructured.Unstructured
		if err := object.UnmarshalJSON(raw.Raw); err != nil {
			result.Result = metav1.Status{Status: metav1.StatusFailure, Message: err.Error()}
			return result
		}
		object.SetAPIVersion(request.DesiredAPIVersion)
		result.ConvertedObjects = append(result.ConvertedObjects, runtime.RawExtension{Object: &object})
	}
	return result
}
