package fakediscord

import (
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// dispatches are schemas of what the OpenAPI document leaves out: the dispatches of the Gateway, by name, made of its schemas as
// discord/discord-api-docs says (developers/events/gateway-events.mdx and, for interactions, which come by HTTP in the same form,
// developers/interactions/receiving-and-responding.mdx). [validator.object] knows them by these names.
var dispatches = sync.OnceValue(func() map[string]any {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(dispatchSchemas))
	if err != nil {
		return nil // unreachable unless the text below is broken, which a test sees
	}
	all, _ := doc.(map[string]any)
	return all
})

const dispatchSchemas = `{
"READY": {
	"type": "object", "required": ["v", "user", "guilds", "session_id", "resume_gateway_url", "application"],
	"properties": {
		"v": {"const": 10},
		"user": {"allOf": [{"$ref": "#/components/schemas/UserResponse"}, {"type": "object", "properties": {
			"verified": {"type": "boolean"}, "mfa_enabled": {"type": "boolean"}, "email": {"type": ["string", "null"]}}}]},
		"guilds": {"type": "array", "items": {"type": "object", "required": ["id", "unavailable"], "properties": {
			"id": {"$ref": "#/components/schemas/SnowflakeType"}, "unavailable": {"const": true}}}},
		"session_id": {"type": "string", "minLength": 1},
		"resume_gateway_url": {"type": "string", "format": "uri"},
		"shard": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
		"application": {"type": "object", "required": ["id", "flags"], "properties": {
			"id": {"$ref": "#/components/schemas/SnowflakeType"}, "flags": {"type": "integer"}}},
		"session_type": {"type": "string"}, "private_channels": {"type": "array", "maxItems": 0}, "relationships": {"type": "array", "maxItems": 0},
		"presences": {"type": "array", "maxItems": 0}, "user_settings": {"type": "object"}, "geo_ordered_rtc_regions": {"type": "array"},
		"guild_join_requests": {"type": "array"}, "auth": {"type": "object"}, "_trace": {"type": "array"}
	}
},
"MESSAGE_CREATE": {"allOf": [{"$ref": "#/components/schemas/MessageResponse"}, {"type": "object", "properties": {
	"guild_id": {"$ref": "#/components/schemas/SnowflakeType"},
	"channel_type": {"$ref": "#/components/schemas/ChannelTypes"},
	"member": {"$ref": "#/components/schemas/DISPATCH_MEMBER"},
	"mentions": {"type": "array", "items": {"allOf": [{"$ref": "#/components/schemas/UserResponse"}, {"type": "object", "properties": {
		"member": {"$ref": "#/components/schemas/DISPATCH_MEMBER"}}}]}}
}}]},
"MESSAGE_UPDATE": {"$ref": "#/components/schemas/MESSAGE_CREATE"},
"DISPATCH_MEMBER": {"allOf": [{"$ref": "#/components/schemas/BasicGuildMemberResponse"}, {"type": "object",
	"properties": {"mute": {"type": "boolean"}, "deaf": {"type": "boolean"}}, "required": ["mute", "deaf"]}]},
"MESSAGE_DELETE": {
	"type": "object", "required": ["id", "channel_id"],
	"properties": {
		"id": {"$ref": "#/components/schemas/SnowflakeType"},
		"channel_id": {"$ref": "#/components/schemas/SnowflakeType"},
		"guild_id": {"$ref": "#/components/schemas/SnowflakeType"}
	}
},
"MESSAGE_DELETE_BULK": {
	"type": "object", "required": ["ids", "channel_id"],
	"properties": {
		"ids": {"type": "array", "items": {"$ref": "#/components/schemas/SnowflakeType"}},
		"channel_id": {"$ref": "#/components/schemas/SnowflakeType"},
		"guild_id": {"$ref": "#/components/schemas/SnowflakeType"}
	}
},
"THREAD_CREATE": {"allOf": [{"$ref": "#/components/schemas/ThreadResponse"}, {"type": "object", "properties": {
	"newly_created": {"type": "boolean"}}}]},
"THREAD_UPDATE": {"$ref": "#/components/schemas/ThreadResponse"},
"CHANNEL_CREATE": {"$ref": "#/components/schemas/GuildChannelResponse"},
"CHANNEL_UPDATE": {"$ref": "#/components/schemas/GuildChannelResponse"},
"INTERACTION_CREATE": {
	"type": "object",
	"required": ["id", "application_id", "type", "token", "version", "app_permissions", "entitlements", "authorizing_integration_owners",
		"attachment_size_limit"],
	"properties": {
		"id": {"$ref": "#/components/schemas/SnowflakeType"},
		"application_id": {"$ref": "#/components/schemas/SnowflakeType"},
		"type": {"$ref": "#/components/schemas/InteractionTypes"},
		"data": {"type": "object"},
		"guild": {"type": "object", "required": ["id"], "properties": {
			"id": {"$ref": "#/components/schemas/SnowflakeType"},
			"locale": {"$ref": "#/components/schemas/AvailableLocalesEnum"},
			"features": {"type": "array", "items": {"type": "string"}}}},
		"guild_id": {"$ref": "#/components/schemas/SnowflakeType"},
		"channel": {"type": "object", "required": ["id", "type"]},
		"channel_id": {"$ref": "#/components/schemas/SnowflakeType"},
		"member": {"allOf": [{"$ref": "#/components/schemas/GuildMemberResponse"}, {"type": "object",
			"properties": {"permissions": {"type": "string", "pattern": "^[0-9]+$"}}, "required": ["permissions"]}]},
		"user": {"$ref": "#/components/schemas/UserResponse"},
		"token": {"type": "string", "minLength": 1},
		"version": {"const": 1},
		"message": {"$ref": "#/components/schemas/MessageResponse"},
		"app_permissions": {"type": "string", "pattern": "^[0-9]+$"},
		"locale": {"$ref": "#/components/schemas/AvailableLocalesEnum"},
		"guild_locale": {"$ref": "#/components/schemas/AvailableLocalesEnum"},
		"entitlements": {"type": "array", "items": {"$ref": "#/components/schemas/EntitlementResponse"}},
		"authorizing_integration_owners": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/SnowflakeType"}},
		"context": {"$ref": "#/components/schemas/InteractionContextType"},
		"attachment_size_limit": {"type": "integer"}
	},
	"if": {"properties": {"type": {"const": 1}}},
	"else": {
		"required": ["data", "locale", "channel", "channel_id", "context"],
		"if": {"required": ["guild_id"]}, "then": {"required": ["member", "guild_locale", "guild"]}, "else": {"required": ["user"]},
		"allOf": [
			{"if": {"properties": {"type": {"enum": [2, 4]}}}, "then": {"properties": {"data": {"$ref": "#/components/schemas/INTERACTION_COMMAND"}}}},
			{"if": {"properties": {"type": {"const": 3}}}, "then": {"required": ["message"],
				"properties": {"data": {"$ref": "#/components/schemas/INTERACTION_COMPONENT"}}}},
			{"if": {"properties": {"type": {"const": 5}}}, "then": {"properties": {"data": {"$ref": "#/components/schemas/INTERACTION_MODAL"}}}}
		]
	}
},
"INTERACTION_COMMAND": {
	"type": "object", "required": ["id", "name", "type"],
	"properties": {
		"id": {"$ref": "#/components/schemas/SnowflakeType"},
		"name": {"type": "string"},
		"type": {"$ref": "#/components/schemas/ApplicationCommandType"},
		"resolved": {"$ref": "#/components/schemas/INTERACTION_RESOLVED"},
		"options": {"type": "array", "items": {"$ref": "#/components/schemas/INTERACTION_OPTION"}},
		"guild_id": {"$ref": "#/components/schemas/SnowflakeType"},
		"target_id": {"$ref": "#/components/schemas/SnowflakeType"}
	},
	"if": {"properties": {"type": {"enum": [2, 3]}}}, "then": {"required": ["target_id", "resolved"]}
},
"INTERACTION_OPTION": {
	"type": "object", "required": ["name", "type"],
	"properties": {
		"name": {"type": "string"},
		"type": {"$ref": "#/components/schemas/ApplicationCommandOptionType"},
		"value": {"type": ["string", "number", "boolean"]},
		"options": {"type": "array", "items": {"$ref": "#/components/schemas/INTERACTION_OPTION"}},
		"focused": {"type": "boolean"}
	}
},
"INTERACTION_RESOLVED": {
	"type": "object",
	"properties": {
		"users": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/UserResponse"}},
		"members": {"type": "object", "additionalProperties": {"allOf": [{"$ref": "#/components/schemas/BasicGuildMemberResponse"},
			{"type": "object", "properties": {"permissions": {"type": "string"}}}]}},
		"roles": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/GuildRoleResponse"}},
		"channels": {"type": "object", "additionalProperties": {"type": "object", "required": ["id", "name", "type", "permissions"]}},
		"messages": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/MessageResponse"}},
		"attachments": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/MessageAttachmentResponse"}}
	}
},
"INTERACTION_COMPONENT": {
	"type": "object", "required": ["custom_id", "component_type"],
	"properties": {
		"id": {"type": "integer"},
		"custom_id": {"type": "string", "minLength": 1, "maxLength": 100},
		"component_type": {"enum": [2, 3, 5, 6, 7, 8]},
		"values": {"type": "array", "items": {"type": "string"}},
		"resolved": {"$ref": "#/components/schemas/INTERACTION_RESOLVED"}
	},
	"if": {"properties": {"component_type": {"const": 2}}}, "else": {"required": ["values"]}
},
"INTERACTION_MODAL": {
	"type": "object", "required": ["custom_id", "components"],
	"properties": {
		"custom_id": {"type": "string", "minLength": 1, "maxLength": 100},
		"components": {"type": "array", "items": {"$ref": "#/components/schemas/INTERACTION_INPUT"}},
		"resolved": {"$ref": "#/components/schemas/INTERACTION_RESOLVED"}
	}
},
"INTERACTION_INPUT": {
	"type": "object", "required": ["type", "id"],
	"properties": {
		"type": {"enum": [1, 3, 4, 5, 6, 7, 8, 10, 18, 19, 21, 22, 23]},
		"id": {"type": "integer"},
		"custom_id": {"type": "string"},
		"value": {"type": ["string", "boolean", "null"]},
		"values": {"type": "array", "items": {"type": "string"}},
		"component": {"$ref": "#/components/schemas/INTERACTION_INPUT"},
		"components": {"type": "array", "items": {"$ref": "#/components/schemas/INTERACTION_INPUT"}}
	}
}
}`
