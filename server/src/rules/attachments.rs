//! Files that come with a message: which parameters are some, what is noted of each.

use std::sync::Arc;

use super::{Context, Job};
use crate::error::ApiError;
use crate::media;
use crate::params::{Param, Params, Upload};
use crate::store::{Attachment, Blob, Message, Stored};

const SHAPE: ApiError = ApiError::Internal("attachments must be files in a list");

/// Why a file cannot be named: in the words that the real server tells agents.
pub const UNSIGNED: &str = "ActiveSupport::MessageVerifier::InvalidSignature";

/// A file to be shown with a message.
#[derive(Clone, Debug)]
pub enum NewFile {
    /// It came with the request.
    Uploaded {
        file: Arc<Stored>,
        file_type: &'static str,
    },
    /// It was there before.
    Named { blob: Blob, file_type: &'static str },
}

/// What `attachments[]` holds: files and nothing else. Blank in any form counts as none.
pub fn uploaded(params: &Params) -> Result<Vec<NewFile>, ApiError> {
    let one = |param: &Param| match param {
        Param::File(upload) => received(upload),
        _ => Err(SHAPE),
    };
    list(params)?.into_iter().map(one).collect()
}

/// What an agent's `attachments[]` holds: files, or signed ids of files that were uploaded before.
pub fn uploaded_or_named(context: &Context<'_>, params: &Params) -> Result<Vec<NewFile>, ApiError> {
    let one = |param: &Param| match param {
        Param::File(upload) => received(upload),
        Param::Text(signed) => named(context, signed),
        _ => Err(SHAPE),
    };
    list(params)?.into_iter().map(one).collect()
}

/// The elements without nulls, which Rails takes out of lists.
fn list(params: &Params) -> Result<Vec<&Param>, ApiError> {
    match params.present("attachments") {
        None => Ok(Vec::new()),
        Some(Param::List(list)) => Ok(list.iter().filter(|one| !matches!(one, Param::Null)).collect()),
        Some(_) => Err(SHAPE),
    }
}

fn received(upload: &Upload) -> Result<NewFile, ApiError> {
    let file = upload
        .file
        .clone()
        .ok_or(ApiError::Internal("this action takes no files"))?;
    let file_type = media::file_type(upload.content_type.as_deref());
    Ok(NewFile::Uploaded { file, file_type })
}

fn named(context: &Context<'_>, signed: &str) -> Result<NewFile, ApiError> {
    let blob = match context.links.blob(signed) {
        Some(id) => Blob::by_id(context.db, id)?,
        None => return Err(ApiError::Internal(UNSIGNED)),
    };
    let blob = blob.ok_or(ApiError::Missing)?;
    let file_type = media::file_type(Some(&blob.content_type));
    Ok(NewFile::Named { blob, file_type })
}

/// Notes the files of a new message; images are measured later, as by a job.
pub fn store(context: &mut Context<'_>, message: &Message, files: Vec<NewFile>) -> Result<(), ApiError> {
    for file in files {
        let (blob, name, file_type) = match file {
            NewFile::Uploaded { file, file_type } => {
                let blob = Blob::insert(context.db, &file, context.now)?;
                if let Some((width, height)) = file.measures {
                    context.later(Job::Measure { blob, width, height });
                }
                let name = file.filename.clone();
                context.keep(file);
                (blob, name, file_type)
            }
            NewFile::Named { blob, file_type } => (blob.id, blob.filename, file_type),
        };
        // Versions before 4.13 note none, which `wire` sees to: a database outlives the choice of a version.
        let extension = media::extension(&name);
        Attachment::insert(
            context.db,
            message.account_id,
            message.id,
            file_type,
            extension,
            blob,
        )?;
    }
    Ok(())
}

/// Notes what an image measures.
pub fn measure(context: &Context<'_>, blob: i64, width: u32, height: u32) -> Result<(), ApiError> {
    Ok(Blob::measure(
        context.db,
        blob,
        i64::from(width),
        i64::from(height),
    )?)
}
