{{- define "retable.name" -}}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{- end }}
{{- define "retable.labels" -}}
app.kubernetes.io/name: retable
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
{{- define "retable.selector" -}}
app.kubernetes.io/name: retable
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- define "retable.image" -}}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{- end }}
{{- /* What every container of Retable may do: nothing but its work. */ -}}
{{- define "retable.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
{{- define "retable.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}
{{- define "retable.env" -}}
{{- range $name, $key := dict "RET_DATABASE" "database" "RET_S3_ACCESS_KEY" "s3-access-key" "RET_S3_SECRET_KEY" "s3-secret-key" "RET_JWT_KEY" "jwt-key" "RET_SEAL_KEY" "seal-key" }}
- name: {{ $name }}
  valueFrom: {secretKeyRef: {name: {{ $.Values.existingSecret }}, key: {{ $key }}}}
{{- end }}
- {name: RET_BLOBS, value: {{ required "blobs: name the S3 bucket, such as s3://bucket/prefix?endpoint=https://host" .Values.blobs | quote }}}
- {name: RET_RUNTIME_ROOT, value: /data}
- {name: RET_ADDRESS, value: "0.0.0.0:8000"}
- {name: RET_METRICS_ADDRESS, value: "0.0.0.0:9000"}
- {name: RET_LIMITER, value: postgres}
- {name: RET_TRUSTED_PROXIES, value: {{ join "," .Values.trustedProxies | quote }}}
- {name: RET_SHUTDOWN_TIMEOUT, value: {{ .Values.shutdownTimeout | quote }}}
{{- with .Values.publicURL }}
- {name: RET_PUBLIC_URL, value: {{ . | quote }}}
{{- end }}
{{- range $name, $value := .Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}
