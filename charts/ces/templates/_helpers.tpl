{{/* Labels of an object. Takes a list: the root context, and the object's name. */}}
{{- define "ces.labels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/part-of: container-egress-services
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version }}
{{- end }}

{{- define "ces.tag" -}}
{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "ces.image" -}}
image: {{ .Values.image.repository }}:{{ include "ces.tag" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end }}

{{/* What every pod has in common, from its account on. Takes a list: the root context, and the account's name. */}}
{{- define "ces.pod" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
serviceAccountName: {{ $name }}
automountServiceAccountToken: {{ eq $name "ces-watcher" }}
enableServiceLinks: false
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  {{- if eq $name "ces-worker" }}
  fsGroup: 1000
  {{- end }}
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{- define "ces.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{/* A variable from the Secret with the connections. Takes a list: the root context, and the variable's name. */}}
{{- define "ces.connection" -}}
{{- $root := index . 0 -}}
- name: {{ index . 1 }}
  valueFrom:
    secretKeyRef:
      name: {{ $root.Values.secrets.connections }}
      key: {{ index . 1 }}
{{- end }}

{{/*
One of the four processes: account, Deployment, Service, and a PodDisruptionBudget where there are several. Takes a dict:
root (the root context), app, port.
*/}}
{{- define "ces.process" -}}
{{- $root := .root -}}
{{- $name := printf "ces-%s" .app -}}
{{- $values := index $root.Values .app -}}
{{- $isWorker := eq .app "worker" -}}
{{- if ne .app "watcher" }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "ces.labels" (list $root $name) | nindent 4 }}
automountServiceAccountToken: false
---
{{- end }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "ces.labels" (list $root $name) | nindent 4 }}
spec:
  replicas: {{ $values.replicas }}
  selector:
    matchLabels:
      app.kubernetes.io/name: {{ $name }}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {{ $name }}
        app.kubernetes.io/part-of: container-egress-services
      annotations:
        # A changed setting restarts the process.
        ces/settings: {{ toJson $root.Values.settings | sha256sum }}
    spec:
      {{- include "ces.pod" (list $root $name) | nindent 6 }}
      topologySpreadConstraints:
        {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
        - maxSkew: 1
          topologyKey: {{ . }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              app.kubernetes.io/name: {{ $name }}
        {{- end }}
      {{- if $isWorker }}
      terminationGracePeriodSeconds: 60
      {{- end }}
      containers:
        - name: {{ .app }}
          {{- include "ces.image" $root | nindent 10 }}
          command: [node, dist/apps/{{ .app }}/src/main.js]
          ports:
            - name: http
              containerPort: {{ .port }}
          envFrom:
            - configMapRef:
                name: ces-settings
          env:
            - name: PORT
              value: {{ .port | quote }}
            - name: CES_CONFIG
              value: /etc/ces/configuration/ces-conf.yaml
            {{- include "ces.connection" (list $root "DATABASE_URL") | nindent 12 }}
            {{- include "ces.connection" (list $root "REDIS_URL") | nindent 12 }}
            {{- if $isWorker }}
            - name: BIGIP_CREDS_DIR
              value: /etc/ces/bigip
            - name: BIGIP_CA_FILE
              value: /etc/ces/bigip/ca.crt
            {{- end }}
          volumeMounts:
            - name: configuration
              mountPath: /etc/ces/configuration
              readOnly: true
            {{- if $isWorker }}
            - name: bigip
              mountPath: /etc/ces/bigip
              readOnly: true
            {{- end }}
          startupProbe:
            httpGet:
              path: /healthz
              port: http
            periodSeconds: 2
            failureThreshold: 30
          livenessProbe:
            httpGet:
              path: /healthz
              port: http
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            httpGet:
              path: /readyz
              port: http
            periodSeconds: 5
            timeoutSeconds: 5
          resources:
            {{- toYaml $values.resources | nindent 12 }}
          {{- include "ces.containerSecurity" . | nindent 10 }}
      volumes:
        - name: configuration
          configMap:
            name: ces-config
        {{- if $isWorker }}
        - name: bigip
          secret:
            secretName: {{ $root.Values.secrets.bigip }}
            defaultMode: 288 # 0440
        {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "ces.labels" (list $root $name) | nindent 4 }}
spec:
  selector:
    app.kubernetes.io/name: {{ $name }}
  ports:
    - name: http
      port: {{ .port }}
      targetPort: http
{{- if gt (int $values.replicas) 1 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "ces.labels" (list $root $name) | nindent 4 }}
spec:
  minAvailable: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: {{ $name }}
{{- end }}
{{- end }}
